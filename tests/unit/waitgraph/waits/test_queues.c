// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_queues.c - made-up tasks in wait queues, and those that spin. What they wait for
 * leads back, and then it does not.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/waitgraph/waits/kinds.h"

static void test_queue(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	/* Between task 0 and the head there is a record that is on no stack. */
	image_u64(image, RECORD(0), WAKE_UP);
	image_u64(image, RECORD(0) + 24, TASK(0));
	image_u64(image, OBJECT(2), WAKE_UP);
	put_ring(image, (const u64[]){ OBJECT(1) + 8, RECORD(0) + 8, OBJECT(2) + 8 }, 3);
	/* That of task 1 has no function, that of task 2 is idle. */
	put_queue(image, 1, OBJECT(3), OBJECT(0));
	put_queue(image, 2, OBJECT(4), WAKE_UP);
	image_u32(image, TASK(2) + AT_STATE, 1);
	open_kinds(&f, image, "anything", "caller");
	expect_wait(&f, 0, KIND_QUEUE, OBJECT(1), -1);
	expect_wait(&f, 1, KIND_SLEEP, 0, -1);
	assert_null(wait_of(&f, 2));
	assert_int_equal(waits_known(&f), 1);
	close_fixture(&f);
}

static void test_bits(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_queue(image, 0, OBJECT(0), WAKE_PAGE);
	image_u64(image, RECORD(0) + 32, OBJECT(5));
	put_queue(image, 1, OBJECT(1), WAKE_BIT);
	image_u64(image, RECORD(1) + 32, OBJECT(6));
	image_u32(image, RECORD(1) + 40, 3);
	open_kinds(&f, image, "anything", "caller");
	expect_wait(&f, 0, KIND_PAGE, OBJECT(5), -1);
	assert_string_equal(wait_of(&f, 0)->about, "lock");
	expect_wait(&f, 1, KIND_BIT, OBJECT(6), -1);
	close_fixture(&f);
}

/* Task 1 waits for the readers of a lock, who are on two processors. */
static void put_writer(struct image *image, u32 first, u32 second)
{
	image_u64(image, OBJECT(0), PER_CPU + 0x80);
	image_u64(image, OBJECT(0) + 8, TASK(1));
	image_u32(image, OBJECT(0) + 40, 1);
	image_u64(image, PER_CPU + 8, 0x10);
	image_u64(image, PER_CPU + 0x40, 3);
	image_u32(image, PER_CPU + 0x48, 2);
	image_u32(image, PER_CPU + 0x80, first);
	image_u32(image, PER_CPU + 0x90, second);
	set_caller(image, 1);
	image_u64(image, RECORD(1), OBJECT(0));
}

static void test_percpu_rwsem(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	/* Task 1 waits for three readers, and task 0 for it. */
	put_queue(image, 0, OBJECT(0) + 16, WAKE_SEM);
	put_writer(image, 4, UINT32_MAX);
	open_kinds(&f, image, "anything", "percpu_down_write");
	expect_wait(&f, 0, KIND_PERCPU_RWSEM, OBJECT(0), 1);
	expect_wait(&f, 1, KIND_PERCPU_RWSEM, OBJECT(0), -1);
	assert_int_equal(wait_of(&f, 1)->readers, 3);
	close_fixture(&f);

	/* A reader left on another processor, which was read later. */
	image = make_image();
	put_writer(image, 0, UINT32_MAX);
	open_kinds(&f, image, "anything", "percpu_down_write");
	expect_wait(&f, 1, KIND_PERCPU_RWSEM, OBJECT(0), -1);
	assert_int_equal(wait_of(&f, 1)->readers, 0);
	assert_false(wait_of(&f, 1)->possibly);
	close_fixture(&f);

	/* Nobody writes now, and who is told to is no task. */
	image = make_image();
	put_queue(image, 0, OBJECT(0) + 16, WAKE_SEM);
	image_u64(image, OBJECT(0) + 8, TASK(1) + 8);
	open_kinds(&f, image, "anything", "caller");
	expect_wait(&f, 0, KIND_PERCPU_RWSEM, OBJECT(0), -1);
	close_fixture(&f);
}

static void test_jbd2(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	/* Task 0 waits for the journal's thread, task 3, which waits for task 4's handle. */
	put_queue(image, 0, OBJECT(0), WAKE_UP);
	put_queue(image, 3, OBJECT(0) + 24, WAKE_UP);
	set_caller(image, 0);
	set_caller(image, 3);
	put_thread(image, 3, OBJECT(0), 0);
	image_u64(image, OBJECT(0) + 48, TASK(3));
	image_put(image, OBJECT(0) + 56, "vda-8", 6);
	image_u64(image, OBJECT(0) + 72, OBJECT(2));
	image_u64(image, TASK(4) + AT_JOURNAL, OBJECT(3));
	image_u64(image, OBJECT(3), OBJECT(2));
	/* What task 1 waits for only looks like a journal: its thread has another. */
	put_queue(image, 1, OBJECT(5), WAKE_UP);
	set_caller(image, 1);
	image_u64(image, OBJECT(5) + 48, TASK(3));
	open_kinds(&f, image, "anything", "jbd2_log_wait_commit");
	expect_wait(&f, 0, KIND_JBD2, OBJECT(0), 3);
	assert_string_equal(wait_of(&f, 0)->about, "vda-8");
	expect_wait(&f, 3, KIND_JBD2, OBJECT(0), 4);
	expect_wait(&f, 1, KIND_QUEUE, OBJECT(5), -1);
	close_fixture(&f);
}

/* The journal's thread is not who ends each wait for a journal. */
static void test_jbd2_others(void **state)
{
	static const struct {
		u64 queue;
		int barriers, owner;
	} rows[] = {
		{ 80, 0, 3 }, { 80, 1, -1 }, { 112, 0, -1 }, { 136, 0, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct image *image = make_image();
		struct fixture f;

		put_queue(image, 0, OBJECT(0) + rows[i].queue, WAKE_UP);
		set_caller(image, 0);
		put_thread(image, 3, OBJECT(0), 0);
		image_u64(image, OBJECT(0) + 48, TASK(3));
		image_u32(image, OBJECT(0) + 104, (u32)rows[i].barriers);
		open_kinds(&f, image, "anything", "start_this_handle");
		expect_wait(&f, 0, KIND_JBD2, OBJECT(0), rows[i].owner);
		close_fixture(&f);
	}
}

/* A page of a file on a disk that has not finished a request. */
static void put_file(struct image *image, u64 page)
{
	u64 mapping = OBJECT(1), inode = OBJECT(2), sb = OBJECT(3), bdev = OBJECT(4);
	u64 disk = OBJECT(5), queue = OBJECT(6), tags = OBJECT(7), rq = OBJECT(8);

	image_u64(image, page, mapping);
	image_u64(image, page + 8, 7);
	image_u64(image, mapping, inode);
	image_u64(image, inode, 12);
	image_u64(image, inode + 8, sb);
	image_u64(image, inode + 16, mapping);
	put_ring(image, (const u64[]){ sb, OBJECT(14) }, 2);
	image_put(image, sb + 16, "vda", 4);
	image_u64(image, sb + 32, OBJECT(9));
	image_u64(image, OBJECT(9), OBJECT(9) + 8);
	image_put(image, OBJECT(9) + 8, "ext4", 5);
	image_u64(image, sb + 40, bdev);
	image_u64(image, bdev, disk);
	image_u64(image, disk, queue);
	image_put(image, disk + 8, "vda", 4);
	image_u64(image, disk + 24, bdev);
	/* A set with one table, of three tags: free, of another disk, and ours. */
	image_u64(image, queue, queue + 8);
	image_u64(image, queue + 8, queue + 24);
	image_u32(image, queue + 16, 1);
	image_u64(image, queue + 24, tags);
	image_u32(image, tags, 3);
	image_u64(image, tags + 8, tags + 16);
	image_u64(image, tags + 24, rq);
	image_u64(image, tags + 32, rq + 64);
	image_u64(image, rq, OBJECT(10));
	image_u32(image, rq + 8, 1);
	image_u32(image, rq + 12, 1);
	image_u64(image, rq + 64, queue);
	image_u32(image, rq + 72, 1);
	image_u32(image, rq + 76, 2);
}

static void test_file(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_file(image, OBJECT(0));
	put_queue(image, 0, OBJECT(11), WAKE_PAGE);
	image_u64(image, RECORD(0) + 32, OBJECT(0));
	/* The buffer of task 1 is on the same disk. */
	put_queue(image, 1, OBJECT(12), WAKE_BIT);
	image_u64(image, RECORD(1) + 32, OBJECT(13));
	image_u32(image, RECORD(1) + 40, 2);
	image_u64(image, OBJECT(13) + 8, 99);
	image_u64(image, OBJECT(13) + 16, OBJECT(4));
	open_kinds(&f, image, "anything", "caller");
	expect_wait(&f, 0, KIND_PAGE, OBJECT(0), -1);
	assert_string_equal(wait_of(&f, 0)->about,
			    "lock of page 7 of inode 12 of ext4 vda; vda has 1 request");
	expect_wait(&f, 1, KIND_BUFFER, OBJECT(13), -1);
	assert_string_equal(wait_of(&f, 1)->about, "block 99 of vda; vda has 1 request");
	close_fixture(&f);

	/* Two queues share their tags. */
	image = make_image();
	put_file(image, OBJECT(0));
	put_queue(image, 0, OBJECT(11), WAKE_PAGE);
	image_u64(image, RECORD(0) + 32, OBJECT(0));
	image_u32(image, OBJECT(6) + 16, 2);
	image_u64(image, OBJECT(6) + 32, OBJECT(7));
	open_kinds(&f, image, "anything", "caller");
	assert_string_equal(wait_of(&f, 0)->about,
			    "lock of page 7 of inode 12 of ext4 vda; vda has 1 request");
	close_fixture(&f);

	/* The disk of the buffer is none, the inode has another mapping. */
	image = make_image();
	put_queue(image, 1, OBJECT(12), WAKE_BIT);
	image_u64(image, RECORD(1) + 32, OBJECT(13));
	image_u32(image, RECORD(1) + 40, 2);
	image_u64(image, OBJECT(13) + 16, OBJECT(4));
	put_file(image, OBJECT(0));
	put_queue(image, 0, OBJECT(11), WAKE_PAGE);
	image_u64(image, RECORD(0) + 32, OBJECT(0));
	image_u64(image, OBJECT(2) + 16, OBJECT(0));
	image_u64(image, OBJECT(5) + 24, OBJECT(9));
	open_kinds(&f, image, "anything", "caller");
	expect_wait(&f, 1, KIND_BIT, OBJECT(13), -1);
	assert_string_equal(wait_of(&f, 0)->about, "lock");
	close_fixture(&f);

	/* The request had another tag before. */
	image = make_image();
	put_file(image, OBJECT(0));
	put_queue(image, 0, OBJECT(11), WAKE_PAGE);
	image_u64(image, RECORD(0) + 32, OBJECT(0));
	image_u64(image, OBJECT(7) + 16, OBJECT(8) + 64);
	open_kinds(&f, image, "anything", "caller");
	assert_string_equal(wait_of(&f, 0)->about,
			    "lock of page 7 of inode 12 of ext4 vda; vda has 1 request");
	close_fixture(&f);

	/* The request is finished. */
	image = make_image();
	put_file(image, OBJECT(0));
	put_queue(image, 0, OBJECT(11), WAKE_PAGE);
	image_u64(image, RECORD(0) + 32, OBJECT(0));
	image_u32(image, OBJECT(8) + 72, 2);
	open_kinds(&f, image, "anything", "caller");
	assert_string_equal(wait_of(&f, 0)->about, "lock of page 7 of inode 12 of ext4 vda");
	close_fixture(&f);
}

/* The disk of put_file(), for which tasks wait by what their stacks point to. */
static void put_disk(struct image *image)
{
	put_file(image, OBJECT(0));
	/* A bio that ends with the completion on the stack of task 0. */
	put_completion(image, 0, OUTER(0));
	image_u64(image, OUTER(0) + 0x40, OBJECT(10));
	image_u64(image, OBJECT(10), OBJECT(4));
	image_u64(image, OBJECT(10) + 8, OUTER(0));
	image_u64(image, OBJECT(10) + 16, END_WAIT);
	/* Direct I/O of task 1 on the disk, of task 2 on the file. */
	image_u64(image, OUTER(1) + 0x40, OBJECT(11));
	image_u64(image, OBJECT(11), TASK(1));
	image_u64(image, OBJECT(11) + 8, OBJECT(4));
	image_u64(image, OBJECT(11) + 24, END_DIRECT);
	image_u64(image, OUTER(2) + 0x40, OBJECT(12));
	image_u64(image, OBJECT(12), OBJECT(12) + 0x40);
	image_u64(image, OBJECT(12) + 8, TASK(2));
	image_u64(image, OBJECT(12) + 0x40, OBJECT(12) + 0x80);
	image_u64(image, OBJECT(12) + 0x80, OBJECT(1));
	/* On the stack of task 3 there is its bio itself; that of task 4 ends another wait. */
	image_u64(image, OUTER(3) + 0x40, OBJECT(4));
	image_u64(image, OUTER(3) + 0x48, TASK(3));
	image_u64(image, OUTER(3) + 0x50, END_SIMPLE);
	put_completion(image, 4, OUTER(4));
	image_u64(image, OUTER(4) + 0x40, OBJECT(10));
	/* What is on the stack of task 5 only looks like a bio: nothing calls that function. */
	image_u64(image, OUTER(5) + 0x40, OBJECT(4));
	image_u64(image, OUTER(5) + 0x48, TASK(5));
	image_u64(image, OUTER(5) + 0x50, WORK_FN);
}

/* put_disk(), with the caller that open_kinds() gets on all stacks. */
static struct image *make_disk(void)
{
	struct image *image = make_image();

	put_disk(image);
	for (unsigned int i = 0; i < NR_TASKS; i++)
		set_caller(image, i);
	return image;
}

static void test_disk(void **state)
{
	struct image *image = make_disk();
	struct fixture f;

	(void)state;
	open_kinds(&f, image, "wait_for_completion_io", "io_schedule");
	for (unsigned int i = 0; i < 4; i++) {
		/* Task 2 is not in the function for direct I/O of files. */
		if (i == 2)
			continue;
		expect_wait(&f, i, KIND_DISK, OBJECT(5), -1);
		assert_string_equal(wait_of(&f, i)->about, "vda has 1 request");
	}
	expect_wait(&f, 2, KIND_SLEEP, 0, -1);
	expect_wait(&f, 4, KIND_COMPLETION, OUTER(4), -1);
	expect_wait(&f, 5, KIND_SLEEP, 0, -1);
	close_fixture(&f);

	image = make_disk();
	open_kinds(&f, image, "io_schedule", "__iomap_dio_rw");
	expect_wait(&f, 2, KIND_DISK, OBJECT(5), -1);
	close_fixture(&f);

	/* Before Linux 5.12. */
	image = make_disk();
	image_u64(image, OBJECT(10), OBJECT(5));
	open_kinds_of(&f, image, "wait_for_completion_io", "io_schedule", KINDS_OF_OLD);
	expect_wait(&f, 0, KIND_DISK, OBJECT(5), -1);
	close_fixture(&f);
}

static void test_no_disk(void **state)
{
	struct image *image = make_disk();
	struct fixture f;

	(void)state;
	/* The disk of the bio is none. Task 1 has its address where direct I/O has it. */
	image_u64(image, OBJECT(10), OBJECT(13));
	image_u64(image, OBJECT(11) + 24, 0);
	open_kinds(&f, image, "wait_for_completion_io", "io_schedule");
	expect_wait(&f, 0, KIND_COMPLETION, OUTER(0), -1);
	expect_wait(&f, 1, KIND_SLEEP, 0, -1);
	close_fixture(&f);

	/* It is another's direct I/O. */
	image = make_disk();
	image_u64(image, OBJECT(12) + 8, TASK(4));
	open_kinds(&f, image, "io_schedule", "__iomap_dio_rw");
	expect_wait(&f, 2, KIND_SLEEP, 0, -1);
	close_fixture(&f);

	/* Nobody has told the scheduler that he waits for a disk. */
	image = make_disk();
	open_kinds(&f, image, "wait_for_completion_io", "caller");
	expect_wait(&f, 0, KIND_COMPLETION, OUTER(0), -1);
	expect_wait(&f, 1, KIND_SLEEP, 0, -1);
	close_fixture(&f);
}

static void test_inode(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	/* Task 0 waits as before Linux 6.12, task 1 as since; the word of task 2 is elsewhere. */
	put_file(image, OBJECT(0));
	for (unsigned int i = 0; i < 3; i++) {
		put_queue(image, i, OBJECT(10 + i), WAKE_BIT);
		set_caller(image, i);
		image_u64(image, RECORD(i) + 32, OBJECT(2) + 24);
		image_u32(image, RECORD(i) + 40, 7);
	}
	image_u64(image, RECORD(1) + 32, OBJECT(2) + 24 + 1);
	image_u32(image, RECORD(1) + 40, UINT32_MAX);
	image_u64(image, RECORD(2) + 32, OBJECT(13) + 24);
	open_kinds(&f, image, "anything", "__inode_wait_for_writeback");
	expect_wait(&f, 0, KIND_INODE, OBJECT(2), -1);
	assert_string_equal(wait_of(&f, 0)->about, "inode 12 of ext4 vda; vda has 1 request");
	expect_wait(&f, 1, KIND_INODE, OBJECT(2), -1);
	expect_wait(&f, 2, KIND_BIT, OBJECT(13) + 24, -1);
	close_fixture(&f);
}

/* Task 0 runs on the first processor and spins, and behind it a task on the second. */
static void test_spin(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	image_u64(image, PER_CPU + 8, 0x80);
	image_u64(image, PER_CPU + 0x40, 3);
	image_u32(image, PER_CPU + 0x48, 2);
	for (unsigned int i = 0; i < 3; i++) {
		image_u32(image, TASK(i) + AT_ON_CPU, 1);
		image_u32(image, TASK(i) + AT_CPU, i);
	}
	image_u64(image, QNODES, QNODES + 0x80);
	image_u32(image, QNODES + 12, 1);
	image_u32(image, QNODES + 0x80 + 12, 1);
	/* The word of the lock: the last node is the first of the second processor. */
	image_u32(image, OBJECT(3), 2U << 18 | 1);
	image_u64(image, STACK(0) + 0x100, OBJECT(3));
	image_u64(image, STACK(1) + 0x100, OBJECT(4));
	open_kinds(&f, image, "anything", "caller");
	expect_wait(&f, 0, KIND_SPINLOCK, OBJECT(3), -1);
	assert_string_equal(wait_of(&f, 0)->about, "CPU 0 spins");
	/* The other has no word that tells of it, and the third no node. */
	assert_int_equal(waits_known(&f), 1);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_disk),
		cmocka_unit_test(test_no_disk),
		cmocka_unit_test(test_inode),
		cmocka_unit_test(test_percpu_rwsem),
		cmocka_unit_test(test_jbd2),
		cmocka_unit_test(test_jbd2_others),
		cmocka_unit_test(test_spin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
