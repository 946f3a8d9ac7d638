/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cgroup.h - the threads of a dump belong to the control groups of the task
 * that requested it: processor time, processors, memory and disk writes count
 * there, and the limits of these groups hold for the dump.
 */
#ifndef LIVEDUMP_CGROUP_H
#define LIVEDUMP_CGROUP_H

#include <linux/gfp.h>
#include <linux/sched.h>
#include <linux/types.h>

struct mem_cgroup;

/*
 * For everything that a dump allocates: it is charged to the caller's memory
 * group, comes from the memory nodes of its cpuset, and fails rather than have
 * the OOM killer end a process. The caller is told ENOMEM, so that the kernel
 * need not report a failed allocation with a stack trace in the log.
 */
#define LIVEDUMP_GFP	(GFP_KERNEL_ACCOUNT | __GFP_HARDWALL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

struct livedump_cgroup {
	struct task_struct *owner;	/* referenced */
	struct mem_cgroup *memcg;	/* referenced; NULL if the kernel has none */
	bool origin;			/* see livedump_cgroup_begin() */
	bool closed;			/* threads cannot become members: something hangs */
};

/* The control groups of the current task, until livedump_cgroup_put(). */
void livedump_cgroup_get(struct livedump_cgroup *c);
void livedump_cgroup_put(struct livedump_cgroup *c);

/*
 * From here to livedump_cgroup_done() the current task, which has called
 * livedump_cgroup_get(), is the first that the OOM killer takes if its control
 * group runs out of memory.
 */
void livedump_cgroup_begin(struct livedump_cgroup *c);
void livedump_cgroup_done(struct livedump_cgroup *c);

/*
 * Make the current kernel thread a member of the groups of @owner. Returns 0 if it is one
 * already, 1 if it had to move, or a negative errno. See livedump_answer_groups() for what
 * this may wait for.
 */
int livedump_cgroup_attach(struct task_struct *owner);

/*
 * Make the current kernel thread a member of @c, unless that is closed. What it allocates
 * with __GFP_ACCOUNT, and the page cache of what it writes, is charged to the memory
 * group in any case. The thread stays there until it ends, and calls
 * livedump_cgroup_leave() before that. Returns 0 or a negative errno: the thread must
 * then do nothing for the dump.
 */
int livedump_cgroup_enter(const struct livedump_cgroup *c);
void livedump_cgroup_leave(void);

/*
 * The bytes that the memory group of @c and those above it still allow, and
 * U64_MAX without a limit. Inactive page cache counts as free.
 */
u64 livedump_cgroup_memory(const struct livedump_cgroup *c);

/*
 * Whether the current task may have real-time priority: it does not if its
 * control groups limit processor time, because the limit is one for ordinary
 * priority only.
 */
bool livedump_cgroup_boosts(void);

#endif
