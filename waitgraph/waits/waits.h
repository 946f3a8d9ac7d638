/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * waits.h - which task waits for which lock, and who has it.
 *
 * A task that waits has a record on its stack, which is on the list of the lock. The
 * record is looked for in the frame of the function that waits; the task must be in it,
 * and the list must lead from it to the lock and back.
 */
#ifndef LIVEDUMP_WAITGRAPH_WAITS_H
#define LIVEDUMP_WAITGRAPH_WAITS_H

#include "kinds.h"
#include "waitgraph/kernel/tasks.h"
#include "waitgraph/kernel/unwind.h"

#define WAITS_NOBODY	UINT32_MAX

struct wait {
	u32 task;			/* number in struct tasks */
	u32 owner;			/* the same, or WAITS_NOBODY: not known, or nobody */
	const struct wait_kind *kind;
	u64 lock;			/* address; 0: the list does not lead to it */
	u64 readers;
	bool possibly;			/* the owner may be another */
	struct frame caller;		/* what wanted the lock */
};

struct waits {
	struct wait *all;		/* by task */
	u32 nr;
	u32 not_known;			/* kinds of lock that the types do not describe */
};

/*
 * Find the waits of all tasks that sleep. A task waits for one lock at most.
 * Returns 0, or -ENOMEM and sets @err. The caller must call waits_free().
 */
int waits_find(struct waits *w, const struct kernel *k, const struct tasks *tasks,
	       const struct unwind_fields *unwind, struct error *err);
void waits_free(struct waits *w);

#endif
