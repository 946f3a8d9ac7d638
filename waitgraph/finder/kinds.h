/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kinds.h - the kinds of wait, and the locks whose waiters are on a list of records.
 */
#ifndef LIVEDUMP_WAITGRAPH_KINDS_H
#define LIVEDUMP_WAITGRAPH_KINDS_H

#include "waitgraph/types/types.h"

/* What a task waits for. The names are those of --json, and do not change. */
struct wait_kind {
	const char *name, *plural;
	bool event;			/* nobody has it; something ends the wait */
};

enum wait_kind_id {
	KIND_MUTEX, KIND_WW_MUTEX, KIND_RWSEM, KIND_SEMAPHORE, KIND_RT_MUTEX, KIND_SPINLOCK,
	KIND_RWLOCK, KIND_PERCPU_RWSEM, KIND_COMPLETION, KIND_KTHREAD_STOP, KIND_VFORK,
	KIND_WORK, KIND_WORKQUEUE, KIND_RCU, KIND_QUEUE, KIND_BIT, KIND_PAGE, KIND_BUFFER,
	KIND_INODE, KIND_JBD2, KIND_RPC, KIND_IO_URING,
	KIND_DISK, KIND_SLEEP,
	NR_WAIT_KINDS
};

extern const struct wait_kind wait_kinds[NR_WAIT_KINDS];

/* Who has a lock, by the lock itself. */
struct wait_owner {
	u64 task;			/* address of its structure, 0: nobody */
	bool possibly;			/* the last of several that may have it */
	u64 readers;			/* how many have it, if it may be shared */
};

enum wait_field {
	WAIT_RECORD_LIST, WAIT_RECORD_TASK,
	WAIT_LOCK_LIST,			/* the head of the list, or since Linux 7 ... */
	WAIT_LOCK_FIRST,		/* ... a pointer to the first record */
	WAIT_LOCK_OWNER, WAIT_LOCK_COUNT,
	NR_WAIT_FIELDS
};

/* A kind of lock whose waiters have a record each on their stacks, on a list. */
struct wait_ring {
	enum wait_kind_id kind;
	const char *const *functions;	/* that have the record; ends with NULL */
	struct field_row rows[NR_WAIT_FIELDS];	/* a row without a type is not needed */

	/* Tell the owner of the lock at @lock. Returns 0 or -EFAULT. */
	int (*owner)(struct memory *m, const struct field *fields, u64 lock,
		     struct wait_owner *owner);
};

#define NR_WAIT_RINGS	5U

extern const struct wait_ring wait_rings[NR_WAIT_RINGS];

#endif
