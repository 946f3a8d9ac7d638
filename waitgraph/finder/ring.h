/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ring.h - the records of all tasks that wait for a lock are on a list whose head is in
 * the lock. From one of them the lock is found, and all are remembered with it.
 *
 * Since Linux 7 the list has no head, and the lock points to the first record. Nothing in
 * a record leads to the lock, but the function that waits has its address on the stack:
 * the lock is what points to a record of the list.
 */
#ifndef LIVEDUMP_WAITGRAPH_RING_H
#define LIVEDUMP_WAITGRAPH_RING_H

#include "kinds.h"
#include "waitgraph/tasks/tasks.h"

/*
 * Records that were met, by their addresses, and which list each is on: that of the record
 * from which it was walked. A hash table, open, never more than half full.
 */
struct ring_known {
	u64 *records, *lists;		/* 0: free */
	u64 *locks;			/* of a list, at its record; 0: none was found */
	u32 size, nr;			/* size is a power of two */
};

struct ring_reader {
	const struct kernel *k;
	const struct tasks *tasks;
	u64 stack_size;
	struct field task_stack;	/* of a task */
	const struct field *fields;	/* NR_WAIT_FIELDS of the kind of lock */
	struct ring_known known;
	u64 *stacks;			/* where those of all tasks begin, sorted */
};

/* Returns 0 or -ENOMEM. */
int ring_open(struct ring_reader *r, const struct kernel *k, const struct tasks *tasks,
	      u64 stack_size);
void ring_close(struct ring_reader *r);

/* Whether there is a record of @task at @record, linked into a list both ways. */
bool ring_is_record(const struct ring_reader *r, u64 record, const struct task *task);

/* What a task has on its stack where it waits. */
struct ring_place {
	u64 record;
	u64 start, end;			/* where the address of the lock may be */
};

/* The lock that the record of @place waits for, or 0. */
u64 ring_find_lock(struct ring_reader *r, const struct ring_place *place);

#endif
