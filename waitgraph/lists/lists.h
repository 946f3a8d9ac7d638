/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lists.h - whether the lists through which a debugger finds all else are whole: the
 * processes, their threads, the table of PIDs, the modules.
 *
 * What is needed of a kernel does not change while it runs. So it is found out once, and
 * then a copy of its memory can be looked at again and again.
 *
 * A copy that was made while processes came and went is torn in few places. There it can
 * be mended: the elements about a torn link are copied again, which takes microseconds,
 * and the rest of the copy stays.
 */
#ifndef LIVEDUMP_WAITGRAPH_LISTS_H
#define LIVEDUMP_WAITGRAPH_LISTS_H

#include "core/format/vmcoreinfo.h"
#include "waitgraph/memory/memory.h"
#include "waitgraph/types/types.h"

enum list_field {
	LIST_TASKS, LIST_PID, LIST_SIGNAL, LIST_THREAD_NODE, LIST_THREAD_HEAD, LIST_PID_LINKS,
	LIST_NS_ROOT, LIST_NODE_SHIFT, LIST_NODE_SLOTS, LIST_STRUCT_PID_TASKS,
	LIST_STRUCT_PID_NUMBERS, LIST_UPID_NR, LIST_MODULE, LIST_TASK, LIST_STACK,
	NR_LIST_FIELDS
};

struct lists {
	u64 init_task, init_pid_ns, modules;	/* addresses */
	u64 stack_size;				/* bytes */
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
	u32 copied;			/* pages that were copied again */
};

/* Copies pages again. */
struct lists_again {
	/*
	 * Copy @nr pages at @addr, a multiple of MEMORY_PAGE, as they are now. Returns 0, or
	 * a negative errno if one is not there any more, or if no more is to be copied.
	 */
	int (*copy)(void *ctx, u64 addr, unsigned int nr);
	void *ctx;
};

/*
 * Find out what is needed of the kernel in @m. Returns 0, or a negative errno and sets
 * @err.
 */
int lists_prepare(struct lists *l, struct memory *m, const struct vmcoreinfo *vi,
		  struct error *err);

/* Go through all lists in @m. Every walk is bounded, whatever is there. */
void lists_look(const struct lists *l, struct memory *m, struct lists_state *state);

/*
 * The same, but where a list is torn, copy again what it leads through, until it is whole
 * or @again refuses. Of each task that was met there all is copied again, at last its
 * stack.
 * @state is that of the last look. Without memory for its own, it only looks.
 */
void lists_mend(const struct lists *l, struct memory *m, const struct lists_again *again,
		struct lists_state *state);

/* "tasks and modules". */
void lists_name(char *buf, size_t size, unsigned int torn);

#endif
