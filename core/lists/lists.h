/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lists.h - whether the lists through which a debugger finds all else are whole: the
 * processes, their threads, the table of PIDs, the modules, and the tasks that run.
 *
 * A copy that was made while processes came and went is torn in few places. There it can
 * be mended: the elements about a torn link are copied again, which takes microseconds,
 * and the rest of the copy stays.
 */
#ifndef LIVEDUMP_LISTS_H
#define LIVEDUMP_LISTS_H

#include "include/uapi/livedump.h"
#include "layout.h"
#include "memory.h"

/* How often a host has memory read. Most copies are mended after the first time. */
#define LD_LISTS_READINGS	3U

/* What is torn. The numbers are those of the ioctl. */
enum ld_lists_part {
	LD_LISTS_TASKS = LIVEDUMP_LISTS_TASKS,
	LD_LISTS_THREADS = LIVEDUMP_LISTS_THREADS,
	LD_LISTS_PIDS = LIVEDUMP_LISTS_PIDS,
	LD_LISTS_MODULES = LIVEDUMP_LISTS_MODULES,
	LD_LISTS_RUNNING = LIVEDUMP_LISTS_RUNNING,
};

struct ld_lists_state {
	unsigned int torn;		/* a set of enum ld_lists_part */
	u32 processes, threads, pids, modules;	/* that were found */
	u32 copied;			/* pages that were copied again */
};

/* Go through all lists in @m. Every walk is bounded, whatever is there. */
void ld_lists_look(const struct ld_lists *l, struct ld_lists_memory *m,
		   struct ld_lists_state *state);

/*
 * The same, but where a list is torn, copy again what it leads through, until it is whole
 * or @m refuses. Of each task that was met there all is copied again, at last its stack.
 * @state is that of the last look. Without memory for its own, it only looks.
 */
void ld_lists_mend(const struct ld_lists *l, struct ld_lists_memory *m,
		   struct ld_lists_state *state);

#endif
