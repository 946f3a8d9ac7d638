/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * options.h - savecore's command line.
 */
#ifndef LIVEDUMP_OPTIONS_H
#define LIVEDUMP_OPTIONS_H

#include <stdio.h>

#include "core/codec/codec.h"
#include "core/capture/dump.h"
#include "core/format/format.h"
#include "port/error.h"

#define OPTIONS_DIRECTORY	"/var/crash"
#define OPTIONS_PROC		"/proc"
#define OPTIONS_THREADS_MAX	256
#define OPTIONS_MAXDUMPS_MAX	1000000
#define OPTIONS_PAUSE_MAX	4000	/* ms */
#define OPTIONS_TIME_MAX	1000000	/* s */
#define OPTIONS_NICE_MAX	19

/* What the user asked for. The strings are argv's or constants. */
struct options {
	bool live;
	const char *verify;		/* a dump; NULL: none is to be verified */
	const char *restore;		/* a stream; NULL: none is to be restored */
	bool no_verify;
	bool force;
	bool verbose;
	bool dry_run;
	bool json;
	bool no_sandbox;
	struct dump_request request;	/* memory is only set if memory_given */
	bool recorded;			/* proc was given */
	unsigned int maxdumps;		/* 0: no limit */
	unsigned int threads;		/* 0: not given */
	bool memory_given;
	bool nice_given;
	unsigned int nice;
	unsigned int max_time;		/* seconds; 0: not given, as in the next one */
	unsigned int max_pressure;	/* percent */
	const char *engine;		/* "auto", "kcore" or "module" */
	const char *proc;
	const char *output;		/* NULL: a slot of directory; "-": stdout */
	const char *directory;
};

enum options_action {
	OPTIONS_RUN,			/* live, verify or restore */
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_ERROR,			/* said in err */
};

enum options_action options_parse(int argc, char **argv, struct options *opt, struct error *err);

void options_help(FILE *f);

#endif
