/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * options.h - the command line of waitgraph.
 */
#ifndef LIVEDUMP_WAITGRAPH_OPTIONS_H
#define LIVEDUMP_WAITGRAPH_OPTIONS_H

#include <stdio.h>

#include "base/error.h"
#include "waitgraph/kernel/kernel.h"

enum wait_command {
	WAIT_GRAPH, WAIT_TASKS, WAIT_LOG, WAIT_HELP, WAIT_VERSION,
};

#define WAIT_TIME	60U
#define WAIT_TIME_MAX	1000000

struct wait_options {
	enum wait_command command;
	struct kernel_files files;	/* with descriptors after wait_options_open() */
	long pid;			/* of the only task to print; 0: all */
	bool json, dot, all;
	unsigned int max_time;		/* seconds */
	bool no_sandbox;
	const char *dump;
};

/* Returns 0, or -EINVAL and sets @err. */
int wait_options_parse(int argc, char **argv, struct wait_options *opt, struct error *err);
void wait_options_help(FILE *out);

/* Open the files that the options name. Returns 0, or a negative errno and sets @err. */
int wait_options_open(struct wait_options *opt, struct error *err);

#endif
