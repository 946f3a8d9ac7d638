// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rt.c - a task that waits for an rt_mutex points to its record, on its own stack. The
 * record points to the lock, and is in a tree whose root is in the lock. Source:
 * kernel/locking/rtmutex.c and rwbase_rt.c.
 *
 * Who wants to write takes the rt_mutex of a read-write lock first, and then waits for
 * the readers without a record. That lock is the one among the words in its frames that
 * it owns the rt_mutex of.
 */
#include "rt.h"

#define RT_FLAGS	1U		/* lowest bit of the owner: there are waiters */
#define RT_NODE_FLAGS	3U		/* lowest bits of the parent: the colour */
#define RT_DEPTH_MAX	128U		/* a balanced tree of 2^64 nodes is not deeper */
#define RT_READERS	0x3fffffffU	/* in the count: how many readers */
#define RT_READER_BIAS	0x80000000U	/* in the count: nobody wants to write */
#define RT_WRITE_BIAS	0x40000000U	/* in the count: one writes */

static const struct field_row rt_rows[NR_RT_FIELDS] = {
	[RT_BLOCKED_ON] = { "task_struct", "pi_blocked_on", false },
	[RT_TASK] = { "rt_mutex_waiter", "task", false },
	[RT_LOCK] = { "rt_mutex_waiter", "lock", false },
	[RT_NODE] = { "rt_mutex_waiter", "tree", true },
	[RT_OLD_NODE] = { "rt_mutex_waiter", "tree_entry", true },	/* before Linux 6.7 */
	[RT_OWNER] = { "rt_mutex_base", "owner", true },
	[RT_ROOT] = { "rt_mutex_base", "waiters.rb_root.rb_node", true },
	[RT_PARENT] = { "rb_node", "__rb_parent_color", false },
	[RT_LEFT] = { "rb_node", "rb_left", false },
	[RT_RIGHT] = { "rb_node", "rb_right", false },
	[RT_BASE_LOCK] = { "rwbase_rt", "rtmutex", true },
	[RT_BASE_READERS] = { "rwbase_rt", "readers", true },
	[RT_RWSEM] = { "rw_semaphore", "rwbase", true },
};

/* Before Linux 5.15 there was no struct rt_mutex_base. */
static const struct field_row rt_old_rows[] = {
	{ "rt_mutex", "owner", false },
	{ "rt_mutex", "waiters.rb_root.rb_node", false },
};

static const char *const rt_mutex_functions[] = {
	"mutex_lock", "__mutex_lock", "_mutex_lock", "mutex_lock_killable",
	"mutex_lock_interruptible", "mutex_lock_io", "mutex_lock_nested", "_mutex_lock_nest_lock",
	"_mutex_lock_killable", "_mutex_lock_interruptible", "_mutex_lock_io", NULL
};

static const char *const rt_ww_functions[] = {
	"ww_mutex_lock", "ww_mutex_lock_interruptible", "__ww_rt_mutex_lock", NULL
};

static const char *const rt_rwsem_functions[] = {
	"down_read", "down_read_interruptible", "down_read_killable", "down_write",
	"down_write_killable", "down_read_nested", "down_write_nested",
	"rwsem_down_read_slowpath", "rwsem_down_write_slowpath", "__down_read", "__down_write",
	"__rwbase_read_lock", "rwbase_write_lock", NULL
};

static const char *const rt_rwlock_functions[] = { "rt_read_lock", "rt_write_lock", NULL };

static const char *const rt_spin_functions[] = {
	"rt_spin_lock", "rt_spin_lock_nested", "rtlock_slowlock", "rtlock_slowlock_locked",
	"rt_spin_lock_slowlock", NULL
};

/* Functions that wait for the readers; the compiler may have them all in one. */
static const char *const rt_write_functions[] = {
	"rwbase_write_lock", "down_write", "down_write_killable", "rt_write_lock",
	"down_write_nested", "__down_write", NULL
};

void rt_open(struct rt_finder *r, const struct wait_finder *f)
{
	struct field *fields = r->fields;

	r->usable = finder_fields(f, rt_rows, NR_RT_FIELDS, fields) &&
		(fields[RT_NODE].there || fields[RT_OLD_NODE].there);
	if (r->usable && !fields[RT_OWNER].there)
		r->usable = finder_fields(f, rt_old_rows, 2, &fields[RT_OWNER]);
	if (fields[RT_OLD_NODE].there)
		fields[RT_NODE] = fields[RT_OLD_NODE];
}

/* Whether the tree of @lock has the node at @node. */
static bool rt_tree_has(const struct rt_finder *r, const struct wait_finder *f, u64 lock,
			u64 node)
{
	struct memory *m = f->k->m;
	u64 parent, left, right, root;

	for (u32 i = 0; i < RT_DEPTH_MAX; i++, node = parent) {
		if (field_read(m, node, &r->fields[RT_PARENT], &parent))
			return false;
		parent &= ~(u64)RT_NODE_FLAGS;
		if (!parent)
			return !field_read(m, lock, &r->fields[RT_ROOT], &root) && root == node;
		if (field_read(m, parent, &r->fields[RT_LEFT], &left) ||
		    field_read(m, parent, &r->fields[RT_RIGHT], &right) ||
		    (left != node && right != node))
			return false;
	}
	return false;
}

/* The kind of lock by who wants it, and where the lock begins that has the rt_mutex. */
static enum wait_kind_id rt_kind(const struct rt_finder *r, const struct wait_finder *f,
				 u64 *lock)
{
	const struct field *fields = r->fields;

	if (fields[RT_RWSEM].there && fields[RT_BASE_LOCK].there) {
		if (finder_is_in(f, rt_rwlock_functions)) {
			*lock -= fields[RT_BASE_LOCK].off;	/* it has nothing else */
			return KIND_RWLOCK;
		}
		/* The same functions, but not called by those of rwlocks. */
		if (finder_is_in(f, rt_rwsem_functions)) {
			*lock -= fields[RT_BASE_LOCK].off + fields[RT_RWSEM].off;
			return KIND_RWSEM;
		}
		if (finder_is_in(f, rt_spin_functions))
			return KIND_SPINLOCK;
		if (finder_is_in(f, rt_ww_functions))
			return KIND_WW_MUTEX;
		if (finder_is_in(f, rt_mutex_functions))
			return KIND_MUTEX;
	}
	return KIND_RT_MUTEX;
}

/* A lock of programs that inherits priorities is an rt_mutex of the kernel, too. */
static const char *const rt_futex_functions[] = {
	"futex_lock_pi", "futex_wait_requeue_pi", "__futex_lock_pi", NULL
};

static bool rt_find_record(const struct rt_finder *r, struct wait_finder *f)
{
	struct memory *m = f->k->m;
	u64 record, task, lock, owner;
	enum wait_kind_id kind;

	if (field_read(m, f->task->addr, &r->fields[RT_BLOCKED_ON], &record) || !record ||
	    !finder_on_stack(f, record) ||
	    field_read(m, record, &r->fields[RT_TASK], &task) || task != f->task->addr ||
	    field_read(m, record, &r->fields[RT_LOCK], &lock) || !lock)
		return false;
	if (!rt_tree_has(r, f, lock, record + r->fields[RT_NODE].off) ||
	    field_read(m, lock, &r->fields[RT_OWNER], &owner)) {
		finder_add(f, KIND_RT_MUTEX, 0, 0);
		return true;
	}
	kind = rt_kind(r, f, &lock);
	if (kind == KIND_RT_MUTEX && finder_is_in(f, rt_futex_functions))
		return false;
	finder_set_owner(f, finder_add(f, kind, lock, 0), owner & ~(u64)RT_FLAGS);
	return true;
}

/* Whether there is a read-write lock at @addr that the task is about to write with. */
static bool rt_is_base(const struct wait_finder *f, const void *ctx, u64 addr)
{
	const struct rt_finder *r = ctx;
	u64 owner, readers;

	return !field_read(f->k->m, addr + r->fields[RT_BASE_LOCK].off, &r->fields[RT_OWNER],
			   &owner) &&
		(owner & ~(u64)RT_FLAGS) == f->task->addr &&
		!field_read(f->k->m, addr, &r->fields[RT_BASE_READERS], &readers) &&
		!(readers & (RT_READER_BIAS | RT_WRITE_BIAS)) && (readers & RT_READERS);
}

static bool rt_find_writer(const struct rt_finder *r, struct wait_finder *f)
{
	u32 frame = finder_frame(f, 0, rt_write_functions);
	bool lock = finder_is_in(f, rt_rwlock_functions);
	struct wait *wait;
	u64 base, readers;

	if (frame == FINDER_NO_FRAME || !r->fields[RT_BASE_LOCK].there ||
	    !r->fields[RT_RWSEM].there)
		return false;
	/* Registers that the function has kept in its own may be saved below it. */
	base = finder_scan(f, 0, frame, rt_is_base, r);
	if (!base || field_read(f->k->m, base, &r->fields[RT_BASE_READERS], &readers))
		return false;
	base -= lock ? 0 : r->fields[RT_RWSEM].off;
	wait = finder_add(f, lock ? KIND_RWLOCK : KIND_RWSEM, base, frame);
	wait->readers = readers & RT_READERS;
	wait->possibly = true;
	return true;
}

bool rt_find(const struct rt_finder *r, struct wait_finder *f)
{
	return r->usable && (rt_find_record(r, f) || rt_find_writer(r, f));
}
