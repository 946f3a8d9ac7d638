/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kinds.h - the made-up kernel of fixture.h with all that tasks can wait for.
 */
#ifndef LIVEDUMP_TEST_WAITS_KINDS_H
#define LIVEDUMP_TEST_WAITS_KINDS_H

#include "tests/unit/waitgraph/waits/fixture.h"

/* Functions; those of callers are in the range of TAKER. */
#define CALLER		(TEXT + 0x380)
#define WAKE_UP		(TEXT + 0x500)
#define WAKE_PAGE	(TEXT + 0x510)
#define WAKE_BIT	(TEXT + 0x520)
#define WAKE_SEM	(TEXT + 0x530)
#define WAKE_RCU	(TEXT + 0x540)
#define WORK_FN		(TEXT + 0x550)
#define END_WAIT	(TEXT + 0x560)
#define END_DIRECT	(TEXT + 0x570)
#define END_SIMPLE	(TEXT + 0x580)

/* Objects that are on no stack. */
#define OBJECT(j)	(TEXT + 0x5000 + 0x100 * (u64)(j))
#define NODE(i)		(TEXT + 0x6000 + 0x80 * (u64)(i))
#define RCU_STATE	(TEXT + 0x6800)
#define PER_CPU		(TEXT + 0x6c00)
#define QNODES		(TEXT + 0x6e00)
/* What is on the stack of a task above its record. */
#define OUTER(i)	(STACK(i) + 0x3100)

/* Types; where a structure is used in another, their size is what matters. */
static inline void make_more_types(struct btf *b)
{
	int swait, completion, work, entry, node, wq_head, key;

	btf__add_struct(b, "semaphore_waiter", 24);
	add_field(b, "list", TYPE_LIST, 0);
	add_field(b, "task", TYPE_LONG, 16);
	btf__add_struct(b, "semaphore", 32);
	add_field(b, "count", TYPE_LONG, 0);
	add_field(b, "wait_list", TYPE_LIST, 8);
	add_field(b, "last_holder", TYPE_LONG, 24);

	btf__add_struct(b, "swait_queue", 24);
	add_field(b, "task", TYPE_LONG, 0);
	add_field(b, "task_list", TYPE_LIST, 8);
	swait = btf__add_struct(b, "swait_queue_head", 16);
	add_field(b, "task_list", TYPE_LIST, 0);
	completion = btf__add_struct(b, "completion", 24);
	add_field(b, "done", TYPE_INT, 0);
	add_field(b, "wait", swait, 8);

	btf__add_struct(b, "kthread", 56);
	add_field(b, "data", TYPE_LONG, 0);
	add_field(b, "parked", completion, 8);
	add_field(b, "exited", completion, 32);

	work = btf__add_struct(b, "work_struct", 24);
	add_field(b, "data", TYPE_LONG, 0);
	add_field(b, "entry", TYPE_LIST, 8);
	btf__add_struct(b, "wq_barrier", 56);
	add_field(b, "work", work, 0);
	add_field(b, "done", completion, 24);
	add_field(b, "task", TYPE_LONG, 48);
	btf__add_struct(b, "worker", 56);
	add_field(b, "current_color", TYPE_INT, 48);
	add_field(b, "task", TYPE_LONG, 0);
	add_field(b, "scheduled", TYPE_LIST, 8);
	add_field(b, "current_work", TYPE_LONG, 24);
	add_field(b, "current_func", TYPE_LONG, 32);
	add_field(b, "current_pwq", TYPE_LONG, 40);
	btf__add_struct(b, "pool_workqueue", 8);
	add_field(b, "wq", TYPE_LONG, 0);
	btf__add_struct(b, "wq_flusher", 48);
	add_field(b, "flush_color", TYPE_INT, 40);
	add_field(b, "list", TYPE_LIST, 0);
	add_field(b, "done", completion, 16);
	btf__add_struct(b, "workqueue_struct", 72);
	add_field(b, "list", TYPE_LIST, 0);
	add_field(b, "first_flusher", TYPE_LONG, 16);
	add_field(b, "flusher_queue", TYPE_LIST, 24);
	add_field(b, "flusher_overflow", TYPE_LIST, 40);
	add_field(b, "name", TYPE_COMM, 56);

	entry = btf__add_struct(b, "wait_queue_entry", 32);
	add_field(b, "func", TYPE_LONG, 0);
	add_field(b, "entry", TYPE_LIST, 8);
	add_field(b, "private", TYPE_LONG, 24);
	wq_head = btf__add_struct(b, "wait_queue_head", 24);
	add_field(b, "head", TYPE_LIST, 8);
	btf__add_struct(b, "wait_page_queue", 48);
	add_field(b, "folio", TYPE_LONG, 32);
	add_field(b, "bit_nr", TYPE_INT, 40);
	add_field(b, "wait", entry, 0);
	key = btf__add_struct(b, "wait_bit_key", 16);
	add_field(b, "flags", TYPE_LONG, 0);
	add_field(b, "bit_nr", TYPE_INT, 8);
	btf__add_struct(b, "wait_bit_queue_entry", 48);
	add_field(b, "wq_entry", entry, 0);
	add_field(b, "key", key, 32);
	btf__add_struct(b, "rcuwait", 8);
	add_field(b, "task", TYPE_LONG, 0);
	btf__add_struct(b, "percpu_rw_semaphore", 48);
	add_field(b, "read_count", TYPE_LONG, 0);
	add_field(b, "writer", key + 2, 8);
	add_field(b, "waiters", wq_head, 16);
	add_field(b, "block", TYPE_INT, 40);

	btf__add_struct(b, "rb_root", 8);
	add_field(b, "rb_node", TYPE_LONG, 0);
	btf__add_struct(b, "rb_root_cached", 8);
	add_field(b, "rb_root", key + 4, 0);
	node = btf__add_struct(b, "rb_node", 24);
	add_field(b, "__rb_parent_color", TYPE_LONG, 0);
	add_field(b, "rb_right", TYPE_LONG, 8);
	add_field(b, "rb_left", TYPE_LONG, 16);
	btf__add_struct(b, "rt_mutex_waiter", 40);
	add_field(b, "tree", node, 0);
	add_field(b, "task", TYPE_LONG, 24);
	add_field(b, "lock", TYPE_LONG, 32);
	btf__add_struct(b, "rt_mutex_base", 16);
	add_field(b, "waiters", key + 5, 0);
	add_field(b, "owner", TYPE_LONG, 8);

	btf__add_struct(b, "journal_s", 160);
	add_field(b, "j_wait_done_commit", wq_head, 0);
	add_field(b, "j_wait_updates", wq_head, 24);
	add_field(b, "j_task", TYPE_LONG, 48);
	add_field(b, "j_devname", TYPE_COMM, 56);
	add_field(b, "j_running_transaction", TYPE_LONG, 72);
	add_field(b, "j_wait_transaction_locked", wq_head, 80);
	add_field(b, "j_barrier_count", TYPE_INT, 104);
	add_field(b, "j_wait_reserved", wq_head, 112);
	add_field(b, "j_fc_wait", wq_head, 136);
	btf__add_struct(b, "jbd2_journal_handle", 8);
	add_field(b, "h_transaction", TYPE_LONG, 0);
	btf__add_struct(b, "io_wq", 24);
	add_field(b, "worker_done", completion, 0);
	btf__add_struct(b, "io_worker", 16);
	add_field(b, "task", TYPE_LONG, 0);
	add_field(b, "wq", TYPE_LONG, 8);
}

/* @old: as before Linux 5.12, where a bio has its disk. */
static inline void make_file_types(struct btf *b, bool old)
{
	int mcs, inode, bdev, bio;

	btf__add_struct(b, "page", 16);
	add_field(b, "mapping", TYPE_LONG, 0);
	add_field(b, "index", TYPE_LONG, 8);
	btf__add_struct(b, "address_space", 8);
	add_field(b, "host", TYPE_LONG, 0);
	inode = btf__add_struct(b, "inode", 32);
	add_field(b, "i_ino", TYPE_LONG, 0);
	add_field(b, "i_sb", TYPE_LONG, 8);
	add_field(b, "i_mapping", TYPE_LONG, 16);
	add_field(b, "i_state", TYPE_INT, 24);
	btf__add_struct(b, "super_block", 56);
	add_field(b, "s_list", TYPE_LIST, 0);
	add_field(b, "s_id", TYPE_COMM, 16);
	add_field(b, "s_type", TYPE_LONG, 32);
	add_field(b, "s_bdev", TYPE_LONG, 40);
	add_field(b, "s_writers", TYPE_LONG, 48);
	btf__add_struct(b, "file_system_type", 8);
	add_field(b, "name", TYPE_LONG, 0);
	btf__add_struct(b, "buffer_head", 24);
	add_field(b, "b_state", TYPE_LONG, 0);
	add_field(b, "b_blocknr", TYPE_LONG, 8);
	add_field(b, "b_bdev", TYPE_LONG, 16);
	bdev = btf__add_struct(b, "block_device", 8);
	add_field(b, "bd_disk", TYPE_LONG, 0);
	btf__add_struct(b, "bdev_inode", 40);
	add_field(b, "bdev", bdev, 0);
	add_field(b, "vfs_inode", inode, 8);
	btf__add_struct(b, "gendisk", 32);
	add_field(b, "queue", TYPE_LONG, 0);
	add_field(b, "disk_name", TYPE_COMM, 8);
	add_field(b, "part0", TYPE_LONG, 24);
	btf__add_struct(b, "request_queue", 8);
	add_field(b, "tag_set", TYPE_LONG, 0);
	btf__add_struct(b, "blk_mq_tag_set", 16);
	add_field(b, "tags", TYPE_LONG, 0);
	add_field(b, "nr_hw_queues", TYPE_INT, 8);
	btf__add_struct(b, "blk_mq_tags", 16);
	add_field(b, "nr_tags", TYPE_INT, 0);
	add_field(b, "rqs", TYPE_LONG, 8);
	btf__add_struct(b, "request", 24);
	add_field(b, "q", TYPE_LONG, 0);
	add_field(b, "state", TYPE_INT, 8);
	add_field(b, "tag", TYPE_INT, 12);
	add_field(b, "start_time_ns", TYPE_LONG, 16);
	mcs = btf__add_struct(b, "mcs_spinlock", 16);
	add_field(b, "next", TYPE_LONG, 0);
	add_field(b, "locked", TYPE_INT, 8);
	add_field(b, "count", TYPE_INT, 12);
	btf__add_struct(b, "qnode", 32);
	add_field(b, "mcs", mcs, 0);
	bio = btf__add_struct(b, "bio", 24);
	add_field(b, old ? "bi_disk" : "bi_bdev", TYPE_LONG, 0);
	add_field(b, "bi_private", TYPE_LONG, 8);
	add_field(b, "bi_end_io", TYPE_LONG, 16);
	btf__add_struct(b, "blkdev_dio", 32);
	add_field(b, "waiter", TYPE_LONG, 0);
	add_field(b, "bio", bio, 8);
	btf__add_struct(b, "iomap_dio", 24);
	add_field(b, "iocb", TYPE_LONG, 0);
	add_field(b, "submit", bio + 3, 8);
	btf__add_struct(b, "submit", 8);
	add_field(b, "waiter", TYPE_LONG, 0);
	btf__add_struct(b, "kiocb", 8);
	add_field(b, "ki_filp", TYPE_LONG, 0);
	btf__add_struct(b, "file", 8);
	add_field(b, "f_mapping", TYPE_LONG, 0);
}

/* @old: as before Linux 6.10, which keeps no list of who is to be told. */
static inline void make_rcu_types_of(struct btf *b, bool old)
{
	int completion, node, head;

	make_more_types(b);
	make_file_types(b, old);
	completion = btf__find_by_name_kind(b, "completion", BTF_KIND_STRUCT);
	node = btf__add_struct(b, "rcu_node", 96);
	add_field(b, "level", TYPE_INT, 0);
	add_field(b, "grplo", TYPE_INT, 4);
	add_field(b, "grphi", TYPE_INT, 8);
	add_field(b, "qsmask", TYPE_LONG, 16);
	add_field(b, "expmask", TYPE_LONG, 24);
	add_field(b, "gp_tasks", TYPE_LONG, 32);
	add_field(b, "exp_tasks", TYPE_LONG, 40);
	add_field(b, "blkd_tasks", TYPE_LIST, 48);
	add_field(b, "exp_wq", btf__find_by_name_kind(b, "wait_queue_head", BTF_KIND_STRUCT), 64);
	head = btf__add_array(b, TYPE_INT, node, 1);
	btf__add_struct(b, "rcu_state", 112);
	add_field(b, "node", head, 0);
	add_field(b, old ? "ofl_lock" : "srs_next", head + 2, 96);
	btf__add_struct(b, "llist_head", 8);
	add_field(b, "first", TYPE_LONG, 0);
	head = btf__add_struct(b, "callback_head", 16);
	add_field(b, "func", TYPE_LONG, 8);
	btf__add_struct(b, "rcu_synchronize", 40);
	add_field(b, "head", head, 0);
	add_field(b, "completion", completion, 16);
}

static inline void make_rcu_types(struct btf *b)
{
	make_rcu_types_of(b, false);
}

static inline void make_old_rcu_types(struct btf *b)
{
	make_rcu_types_of(b, true);
}

enum kinds_of { KINDS_OF_NEW, KINDS_OF_RT, KINDS_OF_OLD };

/* A kernel with @caller in the stacks where set_caller() was called. */
static inline void open_kinds_of(struct fixture *f, struct image *image, const char *locker,
				 const char *caller, enum kinds_of of)
{
	const struct extra_symbol symbols[] = {
		{ caller, CALLER },
		{ "autoremove_wake_function", WAKE_UP },
		{ "wake_page_function", WAKE_PAGE },
		{ "wake_bit_function", WAKE_BIT },
		{ "percpu_rwsem_wake_function", WAKE_SEM },
		{ "wakeme_after_rcu", WAKE_RCU },
		{ "work_fn", WORK_FN },
		{ "submit_bio_wait_endio", END_WAIT },
		{ "blkdev_bio_end_io", END_DIRECT },
		{ "blkdev_bio_end_io_simple", END_SIMPLE },
		{ "workqueues", OBJECT(15) },
		{ "rcu_state", RCU_STATE },
		{ "rcu_num_nodes", RCU_STATE + 0x100 },
		{ "rcu_num_lvls", RCU_STATE + 0x104 },
		{ "__per_cpu_offset", PER_CPU },
		{ "__cpu_possible_mask", PER_CPU + 0x40 },
		{ "nr_cpu_ids", PER_CPU + 0x48 },
		{ "qnodes", QNODES },
		{ NULL, 0 }
	};
	const struct extra extra = {
		of == KINDS_OF_OLD ? make_old_rcu_types : make_rcu_types,
		symbols, of == KINDS_OF_RT, of == KINDS_OF_OLD,
	};

	open_fixture_with(f, image, locker, true, &extra);
}

static inline void open_kinds(struct fixture *f, struct image *image, const char *locker,
			      const char *caller)
{
	open_kinds_of(f, image, locker, caller, KINDS_OF_NEW);
}

static inline void set_caller(struct image *image, unsigned int i)
{
	image_u64(image, STACK(i) + 0x3058, CALLER + 8);
}

/* The waits for what is known. */
static inline u32 waits_known(const struct fixture *f)
{
	u32 nr = 0;

	for (u32 j = 0; j < f->waits.nr; j++)
		nr += f->waits.all[j].kind != &wait_kinds[KIND_SLEEP];
	return nr;
}

/* The wait of task @i, or NULL. */
static inline const struct wait *wait_of(const struct fixture *f, unsigned int i)
{
	for (u32 j = 0; j < f->waits.nr; j++)
		if (f->tasks.all[f->waits.all[j].task].pid == 100 + i)
			return &f->waits.all[j];
	return NULL;
}

/* @owner: the number of a task, or -1: nobody. */
static inline void expect_wait(const struct fixture *f, unsigned int i, enum wait_kind_id kind,
			       u64 lock, int owner)
{
	const struct wait *w = wait_of(f, i);

	assert_non_null(w);
	assert_string_equal(w->kind->name, wait_kinds[kind].name);
	assert_int_equal(w->lock, lock);
	if (owner < 0)
		assert_int_equal(w->owner, WAITS_NOBODY);
	else
		assert_int_equal(f->tasks.all[w->owner].pid, 100 + owner);
}

/* Task @i waits for the completion at @done. */
static inline void put_completion(struct image *image, unsigned int i, u64 done)
{
	image_u64(image, RECORD(i), TASK(i));
	put_ring(image, (const u64[]){ done + 8, RECORD(i) + 8 }, 2);
}

/* Task @i is in the wait queue at @queue, to be woken up by @func. */
static inline void put_queue(struct image *image, unsigned int i, u64 queue, u64 func)
{
	image_u64(image, RECORD(i), func);
	image_u64(image, RECORD(i) + 24, TASK(i));
	put_ring(image, (const u64[]){ queue + 8, RECORD(i) + 8 }, 2);
}

/* Task @i is a thread of the kernel with @data and these flags. */
static inline void put_thread(struct image *image, unsigned int i, u64 data, u32 flags)
{
	image_u32(image, TASK(i) + AT_FLAGS, 0x200000 | flags);
	image_u64(image, TASK(i) + AT_PRIVATE, NODE(i));
	image_u64(image, NODE(i), data);
	image_u64(image, TASK(i) + AT_VFORK_DONE, NODE(i) + 32);
}

#endif
