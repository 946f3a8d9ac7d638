// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kinds.c - the locks of Linux that tasks sleep for. Source: kernel/locking/mutex.c and
 * rwsem.c.
 */
#include <errno.h>

#include "kinds.h"

#define OWNER_FLAGS	7U		/* lowest bits of an owner, of both kinds */
#define RWSEM_READER	1U		/* the owner is the last reader, and may have left */
#define RWSEM_WRITER	1U		/* in the count: a writer has it */
#define RWSEM_READERS	8U		/* lowest bit of the number of readers */

static int mutex_owner(struct memory *m, const struct field *fields, u64 lock,
		       struct wait_owner *owner)
{
	*owner = (struct wait_owner){ 0 };
	if (field_read(m, lock, &fields[WAIT_LOCK_OWNER], &owner->task))
		return -EFAULT;
	owner->task &= ~(u64)OWNER_FLAGS;
	return 0;
}

static int rwsem_owner(struct memory *m, const struct field *fields, u64 lock,
		       struct wait_owner *owner)
{
	u64 count;

	*owner = (struct wait_owner){ 0 };
	if (field_read(m, lock, &fields[WAIT_LOCK_OWNER], &owner->task) ||
	    field_read(m, lock, &fields[WAIT_LOCK_COUNT], &count))
		return -EFAULT;
	if (!(count & RWSEM_WRITER)) {
		/* The highest bit is set if there are too many. */
		owner->readers = (count << 1 >> 1) >> RWSEM_READERS;
		owner->possibly = true;
		if (!owner->readers || !(owner->task & RWSEM_READER))
			owner->task = 0;
	}
	owner->task &= ~(u64)OWNER_FLAGS;
	return 0;
}

static const char *const mutex_functions[] = {
	"__mutex_lock", "__mutex_lock_common", "__ww_mutex_lock", NULL
};

static const char *const rwsem_functions[] = {
	"rwsem_down_read_slowpath", "rwsem_down_write_slowpath", NULL
};

const struct wait_kind wait_kinds[] = {
	{
		.name = "mutex",
		.plural = "mutexes",
		.functions = mutex_functions,
		.rows = {
			[WAIT_RECORD_LIST] = { "mutex_waiter", "list", false },
			[WAIT_RECORD_TASK] = { "mutex_waiter", "task", false },
			[WAIT_LOCK_LIST] = { "mutex", "wait_list", true },
			[WAIT_LOCK_FIRST] = { "mutex", "first_waiter", true },
			[WAIT_LOCK_OWNER] = { "mutex", "owner", false },
		},
		.owner = mutex_owner,
	}, {
		.name = "rw_semaphore",
		.plural = "rw_semaphores",
		.functions = rwsem_functions,
		.rows = {
			[WAIT_RECORD_LIST] = { "rwsem_waiter", "list", false },
			[WAIT_RECORD_TASK] = { "rwsem_waiter", "task", false },
			[WAIT_LOCK_LIST] = { "rw_semaphore", "wait_list", true },
			[WAIT_LOCK_FIRST] = { "rw_semaphore", "first_waiter", true },
			[WAIT_LOCK_OWNER] = { "rw_semaphore", "owner", false },
			[WAIT_LOCK_COUNT] = { "rw_semaphore", "count", false },
		},
		.owner = rwsem_owner,
	},
};

const u32 nr_wait_kinds = sizeof(wait_kinds) / sizeof(*wait_kinds);
