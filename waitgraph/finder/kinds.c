// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kinds.c - the kinds of wait, and the locks of Linux whose waiters are on a list of
 * records. Source: mutex.c, rwsem.c and semaphore.c of kernel/locking, and
 * kernel/sched/completion.c.
 */
#include <errno.h>

#include "kinds.h"

#define OWNER_FLAGS	7U		/* lowest bits of an owner, of mutex and rwsem */
#define RWSEM_READER	1U		/* the owner is the last reader, and may have left */
#define RWSEM_WRITER	1U		/* in the count: a writer has it */
#define RWSEM_READERS	8U		/* lowest bit of the number of readers */

const struct wait_kind wait_kinds[NR_WAIT_KINDS] = {
	[KIND_MUTEX] = { "mutex", "mutexes", false },
	[KIND_WW_MUTEX] = { "ww_mutex", "ww_mutexes", false },
	[KIND_RWSEM] = { "rw_semaphore", "rw_semaphores", false },
	[KIND_SEMAPHORE] = { "semaphore", "semaphores", false },
	[KIND_RT_MUTEX] = { "rt_mutex", "rt_mutexes", false },
	[KIND_SPINLOCK] = { "spinlock", "spinlocks", false },
	[KIND_RWLOCK] = { "rwlock", "rwlocks", false },
	[KIND_PERCPU_RWSEM] = { "percpu_rw_semaphore", "percpu_rw_semaphores", false },
	[KIND_COMPLETION] = { "completion", "completions", true },
	[KIND_KTHREAD_STOP] = { "kthread_stop", "ends of kernel threads", true },
	[KIND_VFORK] = { "vfork", "ends of vfork", true },
	[KIND_WORK] = { "work", "works", true },
	[KIND_WORKQUEUE] = { "workqueue", "workqueues", true },
	[KIND_RCU] = { "rcu", "grace periods", true },
	[KIND_QUEUE] = { "wait_queue", "wait queues", true },
	[KIND_BIT] = { "bit", "bits", true },
	[KIND_PAGE] = { "page", "pages", true },
	[KIND_BUFFER] = { "buffer", "buffers", true },
	[KIND_INODE] = { "inode", "inodes", true },
	[KIND_JBD2] = { "jbd2", "journals", true },
	[KIND_RPC] = { "rpc", "RPC tasks", true },
	[KIND_IO_URING] = { "io_uring", "io_urings", true },
	[KIND_DISK] = { "disk", "disks", true },
	[KIND_SLEEP] = { "sleep", "sleeps", true },
};

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
	} else if (owner->task & RWSEM_READER) {
		/* The writer has not entered itself yet: this was a reader before it. */
		owner->task = 0;
	}
	owner->task &= ~(u64)OWNER_FLAGS;
	return 0;
}

/*
 * Anyone may give back a semaphore. Newer kernels remember who took it last, unless that
 * one has given it back.
 */
static int semaphore_owner(struct memory *m, const struct field *fields, u64 lock,
			   struct wait_owner *owner)
{
	*owner = (struct wait_owner){ .possibly = true };
	if (!fields[WAIT_LOCK_OWNER].there)
		return 0;
	return field_read(m, lock, &fields[WAIT_LOCK_OWNER], &owner->task);
}

static int completion_owner(struct memory *m, const struct field *fields, u64 lock,
			    struct wait_owner *owner)
{
	(void)m;
	(void)fields;
	(void)lock;
	*owner = (struct wait_owner){ 0 };
	return 0;
}

static const char *const mutex_functions[] = {
	"__mutex_lock", "__mutex_lock_common", "__mutex_lock_slowpath",
	"__mutex_lock_killable_slowpath", "__mutex_lock_interruptible_slowpath", NULL
};

static const char *const ww_mutex_functions[] = {
	"__ww_mutex_lock", "__ww_mutex_lock_slowpath",
	"__ww_mutex_lock_interruptible_slowpath", NULL
};

static const char *const rwsem_functions[] = {
	"rwsem_down_read_slowpath", "rwsem_down_write_slowpath", NULL
};

static const char *const semaphore_functions[] = {
	"__down", "__down_interruptible", "__down_killable", "__down_timeout",
	"__down_common", "___down_common", NULL
};

static const char *const completion_functions[] = {
	"do_wait_for_common", "__wait_for_common", "wait_for_common", "wait_for_common_io",
	"wait_for_completion", "wait_for_completion_timeout", "wait_for_completion_io",
	"wait_for_completion_io_timeout", "wait_for_completion_interruptible",
	"wait_for_completion_interruptible_timeout", "wait_for_completion_killable",
	"wait_for_completion_killable_timeout", "wait_for_completion_state", NULL
};

/* A ww_mutex begins with a mutex. */
#define MUTEX_MEMBERS							\
	.rows = {							\
		[WAIT_RECORD_LIST] = { "mutex_waiter", "list", false },	\
		[WAIT_RECORD_TASK] = { "mutex_waiter", "task", false },	\
		[WAIT_LOCK_LIST] = { "mutex", "wait_list", true },	\
		[WAIT_LOCK_FIRST] = { "mutex", "first_waiter", true },	\
		[WAIT_LOCK_OWNER] = { "mutex", "owner", false },	\
	},								\
	.owner = mutex_owner

const struct wait_ring wait_rings[NR_WAIT_RINGS] = {
	{
		.kind = KIND_MUTEX,
		.functions = mutex_functions,
		MUTEX_MEMBERS,
	}, {
		.kind = KIND_WW_MUTEX,
		.functions = ww_mutex_functions,
		MUTEX_MEMBERS,
	}, {
		.kind = KIND_RWSEM,
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
	}, {
		.kind = KIND_SEMAPHORE,
		.functions = semaphore_functions,
		.rows = {
			[WAIT_RECORD_LIST] = { "semaphore_waiter", "list", false },
			[WAIT_RECORD_TASK] = { "semaphore_waiter", "task", false },
			[WAIT_LOCK_LIST] = { "semaphore", "wait_list", true },
			[WAIT_LOCK_FIRST] = { "semaphore", "first_waiter", true },
			[WAIT_LOCK_OWNER] = { "semaphore", "last_holder", true },
			[WAIT_LOCK_COUNT] = { "semaphore", "count", false },
		},
		.owner = semaphore_owner,
	}, {
		.kind = KIND_COMPLETION,
		.functions = completion_functions,
		.rows = {
			[WAIT_RECORD_LIST] = { "swait_queue", "task_list", false },
			[WAIT_RECORD_TASK] = { "swait_queue", "task", false },
			[WAIT_LOCK_LIST] = { "completion", "wait.task_list", false },
			[WAIT_LOCK_COUNT] = { "completion", "done", false },
		},
		.owner = completion_owner,
	},
};
