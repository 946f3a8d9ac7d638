/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * options_table.h - the tables of savecore's commands and options, which the
 * parser, --help, the completion and the test of the manual derive from.
 */
#ifndef LIVEDUMP_OPTIONS_TABLE_H
#define LIVEDUMP_OPTIONS_TABLE_H

#include "options.h"

#define OPTION_ROWS_MAX	64

#define NS_PER_MS	1000000ULL

/* What the completion offers for an argument, if not words. */
#define COMPLETE_FILE		"FILE"
#define COMPLETE_DIRECTORY	"DIRECTORY"

/* Commands as a set, see option_row.commands. */
#define COMMAND_BIT(command)	(1U << (command))

struct option_row {
	char letter;			/* as in -C, 0 if there is none */
	const char *name;		/* as in --compression, NULL if there is none */
	const char *arg;		/* for --help; NULL: no argument, "[=..": may be left out */
	const char *complete;		/* words that the argument may be, or COMPLETE_FILE .. */
	unsigned int commands;		/* those that it is legal with */
	enum savecore_command command;	/* that it is by itself */
	/* Returns 0 or -EINVAL. @arg is NULL if it was left out. */
	int (*parse)(const struct option_row *row, struct options *opt, const char *arg,
		     struct error *err);
	size_t member;			/* of struct options, which parse() sets */
	const char *value;		/* the argument of an option that takes none */
	const char *what;		/* the argument is, for messages */
	unsigned int max;		/* of a count */
	const char *help;
};

struct command_row {
	const char *usage;
	/* What follows the options. */
	int operands_min, operands_max;
	size_t operand;			/* the member of struct options that one goes to */
	const char *what;		/* it is */
	const char *too_few, *too_many;
};

/* The last row has neither letter nor name. */
extern const struct option_row option_rows[];
extern const struct command_row command_rows[NR_COMMANDS];

/* How the options of a command line were given. */
struct options_use {
	enum option_use {
		OPTION_NOT_GIVEN,
		OPTION_SHORT,
		OPTION_LONG,
	} rows[OPTION_ROWS_MAX];
};

/* The name of an option, "-C" or "--compression". */
struct option_text {
	char s[32];
};

struct option_text option_text(const struct option_row *row, bool prefer_long);

/* As the user has written it. */
struct option_text option_text_used(const struct option_row *row, const struct options_use *use);

bool option_is_end(const struct option_row *row);

const struct option_row *option_by_name(const char *name);
const struct option_row *option_by_command(enum savecore_command command);

/* "-L, --verify and --restore" */
void option_list_commands(char *buf, size_t size, unsigned int commands);

/* Refuse options that the command would ignore. Returns 0 or -EINVAL. */
int options_check_command(const struct options *opt, const struct options_use *use,
			  struct error *err);

/*
 * Refuse options that others contradict or leave without effect. Returns 0 or
 * -EINVAL.
 */
int options_check_conflicts(const struct options *opt, const struct options_use *use,
			    struct error *err);

/* Have the format and the codec match: the default codec depends on the format. */
int options_choose_codec(struct options *opt, struct error *err);

#endif
