/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lists.h - whether the lists through which a debugger finds all else are whole: the
 * processes, their threads, the table of PIDs, the modules.
 *
 * What is needed of a kernel does not change while it runs. So it is found out once, and
 * then a copy of its memory can be looked at again and again.
 */
#ifndef LIVEDUMP_WAITGRAPH_LISTS_H
#define LIVEDUMP_WAITGRAPH_LISTS_H

#include "core/format/vmcoreinfo.h"
#include "waitgraph/kernel/memory.h"
#include "waitgraph/kernel/types.h"

enum list_field {
	LIST_TASKS, LIST_PID, LIST_SIGNAL, LIST_THREAD_NODE, LIST_THREAD_HEAD, LIST_PID_LINKS,
	LIST_NS_ROOT, LIST_NODE_SHIFT, LIST_NODE_SLOTS, LIST_STRUCT_PID_TASKS,
	LIST_STRUCT_PID_NUMBERS, LIST_UPID_NR, LIST_MODULE,
	NR_LIST_FIELDS
};

struct lists {
	u64 init_task, init_pid_ns, modules;	/* addresses */
	struct field fields[NR_LIST_FIELDS];
};

/* What is torn. */
enum lists_part {
	LISTS_TASKS = 1,
	LISTS_THREADS = 2,
	LISTS_PIDS = 4,
	LISTS_MODULES = 8,
};

struct lists_state {
	unsigned int torn;		/* a set of enum lists_part */
	u32 processes, threads, pids, modules;	/* that were found */
};

/*
 * Find out what is needed of the kernel in @m. Returns 0, or a negative errno and sets
 * @err.
 */
int lists_prepare(struct lists *l, struct memory *m, const struct vmcoreinfo *vi,
		  struct error *err);

/* Go through all lists in @m. Every walk is bounded, whatever is there. */
void lists_look(const struct lists *l, struct memory *m, struct lists_state *state);

/* "tasks and modules". */
void lists_name(char *buf, size_t size, unsigned int torn);

#endif
