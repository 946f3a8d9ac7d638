/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * log.h - the log of a kernel. VMCOREINFO tells all that is needed to read it.
 */
#ifndef LIVEDUMP_WAITGRAPH_LOG_H
#define LIVEDUMP_WAITGRAPH_LOG_H

#include "base/error.h"
#include "core/format/vmcoreinfo.h"
#include "waitgraph/memory/memory.h"

struct log_record {
	u64 ns;				/* since boot */
	const char *text;		/* not terminated, may hold anything */
	size_t len;			/* bytes */
};

typedef void log_fn(void *arg, const struct log_record *record);

/*
 * Call @fn for each record, the oldest first, and count those that are torn, or not in
 * the dump, in *@torn. Returns 0, or a negative errno and sets @err.
 */
int log_read(struct memory *m, const struct vmcoreinfo *vi, log_fn *fn, void *arg, u64 *torn,
	     struct error *err);

#endif
