/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reply.h - what a command answers to a program: with --json one object, printed
 * when the command has ended, whether or not it failed.
 */
#ifndef LIVEDUMP_REPLY_H
#define LIVEDUMP_REPLY_H

#include "base/error.h"
#include "json.h"
#include "savecore/store/store.h"

struct reply {
	bool json;		/* print an object */
	bool on_stderr;		/* standard output is the dump */
	const char *command;	/* "live", "verify", ...; "none" if there is none */
	json_t *report;		/* from json_report(); NULL: nothing to report but the end */
	bool no_memory;		/* there was none for the report */
	char done[512];		/* what was done all the same if the rest fails, or "" */
};

/*
 * Print what the user should know of a good dump to standard error, and put it into
 * the report, as an array: warnings.
 */
void reply_warn(struct reply *reply, struct store *s);

/* Have @report printed at the end. It is freed then. NULL: there was no memory for it. */
void reply_report(struct reply *reply, json_t *report);

/*
 * Print the object, if one is wanted. A write error is found when the caller
 * flushes. Returns the exit status: @status, or EXIT_FAILURE and @err set if there
 * is not enough memory.
 */
int reply_print(struct reply *reply, int status, struct error *err);

/* The same for a process that ends at once. Nothing is taken of @reply. */
void reply_print_end(const struct reply *reply, int status, const struct error *err);

#endif
