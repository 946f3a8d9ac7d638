/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reading.h - all that is read of a kernel to tell of its tasks.
 */
#ifndef LIVEDUMP_WAITGRAPH_READING_H
#define LIVEDUMP_WAITGRAPH_READING_H

#include "waitgraph/tasks/tasks.h"
#include "waitgraph/tasks/unwind.h"

/*
 * The exit status of waitgraph, and what functions return that read a dump. From
 * STATUS_UNREADABLE on there is an error to print.
 */
enum {
	STATUS_FINE = 0,
	STATUS_HANGS = 1,
	STATUS_UNREADABLE = 2,
	STATUS_UNKNOWN = 3,		/* symbols or types are missing */
};

struct reading {
	struct kernel k;
	struct cpus cpus;
	struct tasks tasks;
	struct unwind_fields unwind;
};

/*
 * Read the kernel in @m. Returns STATUS_FINE, or another status and sets @err. The
 * caller must call reading_close() even then.
 */
int reading_open(struct reading *r, const struct kernel_files *files, struct memory *m,
		 const struct vmcoreinfo *vi, struct error *err);
void reading_close(struct reading *r);

#endif
