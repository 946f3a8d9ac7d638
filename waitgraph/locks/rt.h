/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rt.h - locks that lend their priority: rt_mutex, and with CONFIG_PREEMPT_RT mutexes,
 * read-write semaphores, spinlocks and read-write locks, too.
 */
#ifndef LIVEDUMP_WAITGRAPH_RT_H
#define LIVEDUMP_WAITGRAPH_RT_H

#include "waitgraph/finder/finder.h"

enum rt_field {
	RT_BLOCKED_ON,			/* of a task: the record that it waits by */
	RT_TASK, RT_LOCK, RT_NODE, RT_OLD_NODE,		/* of the record */
	RT_OWNER, RT_ROOT,				/* of the lock */
	RT_PARENT, RT_LEFT, RT_RIGHT,			/* of a node of its tree */
	RT_BASE_LOCK, RT_BASE_READERS,			/* of struct rwbase_rt */
	RT_RWSEM,					/* where a semaphore has it */
	NR_RT_FIELDS
};

struct rt_finder {
	struct field fields[NR_RT_FIELDS];
	bool usable;
};

void rt_open(struct rt_finder *r, const struct wait_finder *f);

/* Look for the wait of the task. Returns whether it waits for such a lock. */
bool rt_find(const struct rt_finder *r, struct wait_finder *f);

#endif
