/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * explain.h - error messages for a dump that failed or is partial.
 */
#ifndef LIVEDUMP_EXPLAIN_H
#define LIVEDUMP_EXPLAIN_H

#include "base/error.h"
#include "core/dump/dump.h"

/* The limits that may have ended the dump. */
struct failure_limits {
	int signal;			/* that was received, or 0 */
	u64 minfree;			/* bytes */
	u64 max_total;			/* bytes; 0: the dump is within it */
	unsigned int maxdumps;		/* old dumps are removed afterwards; 0: they are not */
	unsigned int max_time;		/* seconds */
	unsigned int max_pressure;	/* percent */
	unsigned int pressure;		/* percent, as measured */
	const char *memory;		/* the limit on memory, or NULL: memory_limits_name() */
};

/* A dump that failed or is partial; result.end says where and why. */
struct failure {
	const struct dump_request *request;
	const struct dump_result *result;
	const char *text;		/* the error text of the module, or empty */
	bool module;			/* the kernel module took the dump */
	u64 written;			/* bytes of page data */
	bool stream;			/* the dump was written to a pipe or socket */
	u64 sent;			/* bytes written to the stream */
	const char *from;		/* what memory was read from */
	const char *to;			/* directory, file or stream */
	struct failure_limits limits;
};

/* Set @err to what failed, why, and what the user can do. */
void explain(struct error *err, const struct failure *f);

/* The same of a dump that was kept although it ended early, because of @cause. */
void explain_partial(struct error *err, const struct dump_end *end, const char *cause);

/* The code of what ended a dump. */
enum error_code explain_code(const struct dump_end *end);

/* Format why a dump is partial. Returns @buf, or NULL if only the errno tells. */
const char *explain_cause(char *buf, size_t size, const struct failure *f);

#endif
