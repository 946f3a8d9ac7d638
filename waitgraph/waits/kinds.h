/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kinds.h - the kinds of lock that tasks sleep for.
 */
#ifndef LIVEDUMP_WAITGRAPH_KINDS_H
#define LIVEDUMP_WAITGRAPH_KINDS_H

#include "waitgraph/kernel/types.h"

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

/* A kind of lock. */
struct wait_kind {
	const char *name, *plural;
	const char *const *functions;	/* that have the record; ends with NULL */
	struct field_row rows[NR_WAIT_FIELDS];	/* a row without a type is not needed */

	/* Tell the owner of the lock at @lock. Returns 0 or -EFAULT. */
	int (*owner)(struct memory *m, const struct field *fields, u64 lock,
		     struct wait_owner *owner);
};

extern const struct wait_kind wait_kinds[];
extern const u32 nr_wait_kinds;

#endif
