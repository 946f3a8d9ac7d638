/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * options_table.h - the tables of savecore's commands and options. The parser,
 * --help, the completion and the test of the manual use them.
 */
#ifndef LIVEDUMP_OPTIONS_TABLE_H
#define LIVEDUMP_OPTIONS_TABLE_H

#include "options.h"

#define OPTION_ROWS_MAX	64

#define NS_PER_MS	1000000ULL

/* Values of option_row.complete that are not lists of words. */
#define COMPLETE_FILE		"FILE"
#define COMPLETE_DIRECTORY	"DIRECTORY"

/* A bit of option_row.commands. */
#define COMMAND_BIT(command)	(1U << (command))

struct option_row {
	char letter;			/* as in -C, 0 if there is none */
	const char *name;		/* as in --compression, NULL if there is none */
	const char *arg;		/* for --help; NULL: no argument; "[=..": optional */
	const char *complete;		/* words for the completion, or COMPLETE_FILE .. */
	unsigned int commands;		/* set of commands that it may be used with */
	enum savecore_command command;	/* that this option selects */
	/* Returns 0 or -EINVAL. @arg is NULL if an optional argument is missing. */
	int (*parse)(const struct option_row *row, struct options *opt, const char *arg,
		     struct error *err);
	size_t member;			/* offset in struct options, set by parse() */
	const char *value;		/* passed to parse() if the option has no argument */
	const char *what;		/* kind of argument, for messages */
	unsigned int max;		/* largest count */
	const char *help;
};

struct command_row {
	const char *usage;
	/* Operands: words after the options. */
	int operands_min, operands_max;
	size_t operand;			/* offset in struct options */
	const char *what;		/* kind of operand, for messages */
	const char *too_few, *too_many;
};

/* The last row has neither letter nor name. */
extern const struct option_row option_rows[];
extern const struct command_row command_rows[NR_COMMANDS];

/* How each option was given. */
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

/* The name as the user wrote it. */
struct option_text option_text_used(const struct option_row *row, const struct options_use *use);

bool option_is_end(const struct option_row *row);

const struct option_row *option_by_name(const char *name);
const struct option_row *option_by_command(enum savecore_command command);

/*
 * Refuse @word, which is no option with its argument. @letter: of a short option in
 * it, or 0. Returns -EINVAL.
 */
int options_refuse_word(const char *word, char letter, bool lacks_argument, struct error *err);

/* Whether --json, or what is short for it, is a word of the command line. */
bool options_ask_for_json(int argc, char **argv);

/* "-L, --verify and --restore" */
void option_list_commands(char *buf, size_t size, unsigned int commands);

/* Refuse options that the command ignores. Returns 0 or -EINVAL. */
int options_check_command(const struct options *opt, const struct options_use *use,
			  struct error *err);

/* Whether the user wants nothing read ahead: --memory 0. */
bool options_read_nothing_ahead(const struct options *opt);

/*
 * Refuse options that contradict another option or have no effect with it.
 * Returns 0 or -EINVAL.
 */
int options_check_conflicts(const struct options *opt, const struct options_use *use,
			    struct error *err);

/* Set the default codec of the format, or check that the codec matches the format. */
int options_choose_codec(struct options *opt, struct error *err);

#endif
