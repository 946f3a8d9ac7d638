/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * options.h - savecore's command line. options_table.c has a row for each
 * option.
 */
#ifndef LIVEDUMP_OPTIONS_H
#define LIVEDUMP_OPTIONS_H

#include <stdio.h>

#include "core/codec/codec.h"
#include "base/error.h"
#include "core/dump/dump.h"
#include "core/format/format.h"
#include "savecore/dumps/rotate.h"

#define OPTIONS_DIRECTORY	"/var/crash"
#define OPTIONS_PROC		"/proc"
#define OPTIONS_THREADS_MAX	256
#define OPTIONS_MAXDUMPS_MAX	1000000
#define OPTIONS_PAUSE_MAX	LIVEDUMP_PAUSE_MAX	/* ms */
#define OPTIONS_TIME_MAX	1000000	/* s */
#define OPTIONS_PRESSURE_MAX	99	/* percent */
#define OPTIONS_NICE_MAX	19
#define OPTIONS_REASON_MAX	1000U	/* bytes */

enum savecore_command {
	COMMAND_NONE,
	COMMAND_LIVE,
	COMMAND_VERIFY,
	COMMAND_RESTORE,
	COMMAND_LIST,
	COMMAND_HELP,
	COMMAND_VERSION,
	NR_COMMANDS,
};

/* Where the dump goes, and how it is reported. */
struct target_options {
	const char *directory;
	const char *output;		/* NULL: a number in directory; "-": stdout */
	bool force;
	bool json;
	bool dry_run;
	struct rotate_limits keep;	/* dumps that stay in directory */
};

/* Limits that savecore enforces, not the core. */
struct limit_options {
	unsigned int max_time;		/* seconds; 0: not given */
	unsigned int max_pressure;	/* percent; 0: not given */
	bool nice_given;
	unsigned int nice;
};

/* How memory is read. */
struct engine_options {
	const char *engine;		/* "auto", "kcore" or "module" */
	const char *proc;
	bool recorded;			/* proc was given */
	bool memory_given;
	bool live_only;			/* --live was given, not -L */
	bool kind_open;			/* a frozen dump if its pause is short, else a live one */
};

/* The parsed command line. The strings are words of argv or constants. */
struct options {
	enum savecore_command command;
	bool verbose;
	bool no_sandbox;
	bool no_verify;
	bool no_why;
	const char *reason;		/* why the dump is taken; NULL: not given */
	unsigned int threads;		/* 0: not given */
	const char *input;		/* the dump to verify, or the stream to restore */
	struct target_options target;
	struct limit_options limits;
	struct engine_options engine;
	struct dump_request request;	/* request.memory only if engine.memory_given */
};

/*
 * Returns 0 or -EINVAL, with @err set; target.json is valid then, too. Words after
 * --help or --version are ignored.
 */
int options_parse(int argc, char **argv, struct options *opt, struct error *err);

/* "live", "verify" and so on, "none" without a command. */
const char *options_command_name(const struct options *opt);

void options_help(FILE *f);

#endif
