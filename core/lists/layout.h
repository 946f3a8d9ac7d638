/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * layout.h - where the kernel has its lists, and what is in their elements.
 *
 * The host knows it: savecore from the kernel's symbols and types, the module from the
 * headers that it was compiled with. Those lack struct rq, so savecore tells the module.
 */
#ifndef LIVEDUMP_LISTS_LAYOUT_H
#define LIVEDUMP_LISTS_LAYOUT_H

#include "port/port.h"

/* A member of a structure. */
struct ld_list_field {
	u32 off;			/* bytes from the beginning of the structure */
	u32 size;			/* bytes */
	u32 count;			/* elements, of an array; else 1 */
};

/* TASK is the whole of struct task_struct. */
enum ld_list_member {
	LD_LIST_TASKS, LD_LIST_PID, LD_LIST_SIGNAL, LD_LIST_THREAD_NODE, LD_LIST_THREAD_HEAD,
	LD_LIST_PID_LINKS, LD_LIST_NS_ROOT, LD_LIST_NODE_SHIFT, LD_LIST_NODE_SLOTS,
	LD_LIST_STRUCT_PID_TASKS, LD_LIST_STRUCT_PID_NUMBERS, LD_LIST_UPID_NR, LD_LIST_MODULE,
	LD_LIST_TASK, LD_LIST_STACK, LD_LIST_EXIT_STATE, LD_LIST_RQ_CURR, LD_LIST_RQ_IDLE,
	LD_NR_LIST_FIELDS
};

#define LD_LIST_DEPTH_MAX	12U		/* nodes of the table of PIDs above each other */

/* A pointer to a node of the table of PIDs, an xarray, has bit 1 set, and no other low bit. */
static inline bool ld_list_is_node(u64 entry)
{
	return (entry & 3) == 2 && entry > 4096;
}

/* Where struct rq is. The host may not know: then all is 0. */
struct ld_list_queues {
	u64 addr;			/* of the per-CPU variable runqueues, as a symbol */
	u32 curr, idle;			/* offsets of its members */
};

#define LD_LIST_CPUS_MAX	8192U

/* Where the run queues are. */
struct ld_list_cpus {
	u32 nr;				/* one past the highest number; 0: not known */
	u64 possible;			/* address of a bitmap of those there may be */
	u64 offsets;			/* address of __per_cpu_offset */
	u64 queues;			/* the run queue, less that offset */
};

struct ld_lists {
	u64 init_task, init_pid_ns;	/* addresses */
	u64 modules;			/* the links of the list's head, or of a module */
	u64 stack_size;			/* bytes */
	struct ld_list_cpus cpus;
	struct ld_list_field fields[LD_NR_LIST_FIELDS];
};

#endif
