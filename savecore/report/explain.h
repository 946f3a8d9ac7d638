/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * explain.h - what to tell the user about a dump that failed.
 */
#ifndef LIVEDUMP_EXPLAIN_H
#define LIVEDUMP_EXPLAIN_H

#include "core/capture/dump.h"
#include "port/error.h"

/* What the limits were that may have ended it. */
struct failure_limits {
	int signal;			/* that came, or 0 */
	u64 minfree;			/* bytes */
	unsigned int max_time;		/* seconds */
	unsigned int max_pressure;	/* percent, */
	unsigned int pressure;		/* and what it was */
};

/* A dump that failed or is partial; result.end says where and why. */
struct failure {
	const struct dump_request *request;
	const struct dump_result *result;
	const char *text;		/* the module's words, or empty */
	bool module;			/* the kernel module took the dump */
	u64 written;			/* bytes of page data */
	bool stream;			/* it went to a pipe or socket, */
	u64 sent;			/* which has taken so many bytes */
	const char *from;		/* what memory was read from */
	const char *to;			/* directory, file or stream */
	struct failure_limits limits;
};

void explain(struct error *err, const struct failure *f);

/* In some words why a dump is partial, NULL if the errno says it. */
const char *explain_cause(char *buf, size_t size, const struct failure *f);

#endif
