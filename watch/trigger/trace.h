/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trace.h - tracepoints, in a tracefs instance of our own, which nobody else clears or
 * turns off.
 */
#ifndef LIVEDUMP_WATCH_TRACE_H
#define LIVEDUMP_WATCH_TRACE_H

#include <stdio.h>

#include "trigger.h"

struct tracefs_instance;

#define TRACE_LINE	1024U
#define TRACE_NAME	16U		/* characters of a line that the task's name takes */

struct trace {
	struct tracefs_instance *instance;
	int fd;			/* of its trace_pipe; -1: there is none */
	char line[TRACE_LINE];	/* that has not come as a whole yet */
	size_t len;
};

#define TRACE_INIT	{ .fd = -1 }

/*
 * Turn on the tracepoints of all rules; one that the kernel lacks, or whose filter it
 * refuses, is a line of @complaints, and its rule is disabled. Returns 0, or a negative
 * errno if there is no tracefs.
 */
int trace_open(struct trace *t, struct rules *rules, FILE *complaints);

/* Read what there is, and call @fn for each event that a rule is about. */
int trace_read(struct trace *t, struct rules *rules, trigger_fn *fn, void *arg);

/*
 * Split a line of trace_pipe, which is changed: "task-pid [cpu] flags time: event: text".
 * Returns false if it is none.
 */
bool trace_parse(char *line, const char **event, const char **text);

/* Remove the instance. */
void trace_close(struct trace *t);

#endif
