// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_kinds.c - a made-up task waits in each way there is. Then what it waits for does
 * not lead back, and then anything may be broken.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/waitgraph/waits/kinds.h"

static void test_semaphore(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_lock(image, 0, 0, 1, (const unsigned int[]){ 0 });
	image_u64(image, LOCK(0) + 24, TASK(4));
	put_lock(image, 1, 0, 1, (const unsigned int[]){ 1 });
	image_u64(image, LOCK(1) + 24, TASK(4) + 64);
	open_kinds(&f, image, "__down", "caller");
	expect_wait(&f, 0, KIND_SEMAPHORE, LOCK(0), 4);
	assert_true(wait_of(&f, 0)->possibly);
	expect_wait(&f, 1, KIND_SEMAPHORE, LOCK(1), -1);
	close_fixture(&f);
}

static void test_ww_mutex(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_lock(image, 0, TASK(2) | 1, 1, (const unsigned int[]){ 0 });
	open_kinds(&f, image, "__ww_mutex_lock.constprop.0", "caller");
	expect_wait(&f, 0, KIND_WW_MUTEX, LOCK(0), 2);
	close_fixture(&f);
}

static void test_completion(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_completion(image, 0, OBJECT(0));
	/* The thread of task 3 is to stop, that of task 4 to park, task 5 to have forked. */
	put_thread(image, 3, 0, 0);
	put_thread(image, 4, 0, 0);
	put_completion(image, 1, NODE(3) + 32);
	put_completion(image, 2, NODE(4) + 8);
	put_completion(image, 4, OUTER(4));
	image_u64(image, TASK(5) + AT_VFORK_DONE, OUTER(4));
	open_kinds(&f, image, "wait_for_completion", "caller");
	expect_wait(&f, 0, KIND_COMPLETION, OBJECT(0), -1);
	expect_wait(&f, 1, KIND_KTHREAD_STOP, NODE(3) + 32, 3);
	expect_wait(&f, 2, KIND_KTHREAD_STOP, NODE(4) + 8, 4);
	assert_string_equal(wait_of(&f, 2)->about, "to park");
	expect_wait(&f, 4, KIND_VFORK, OUTER(4), 5);
	expect_wait(&f, 3, KIND_SLEEP, 0, -1);
	close_fixture(&f);
}

/* Who can be woken up by a signal and waits for an event is idle, but not in a lock. */
static void test_idle(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_completion(image, 0, OBJECT(0));
	put_completion(image, 1, OBJECT(1));
	put_completion(image, 2, OBJECT(2));
	image_u32(image, TASK(0) + AT_STATE, 1);
	image_u32(image, TASK(1) + AT_STATE, 0x402);
	/* Taken off the queue, so not waiting any more. */
	put_ring(image, (const u64[]){ RECORD(2) + 8 }, 1);
	open_kinds(&f, image, "wait_for_completion_interruptible", "caller");
	assert_int_equal(waits_known(&f), 0);
	assert_null(wait_of(&f, 0));
	assert_null(wait_of(&f, 1));
	expect_wait(&f, 2, KIND_SLEEP, 0, -1);
	close_fixture(&f);

	image = make_image();
	put_lock(image, 0, TASK(2), 1, (const unsigned int[]){ 0 });
	image_u32(image, TASK(0) + AT_STATE, 1);
	open_kinds(&f, image, "__mutex_lock", "caller");
	expect_wait(&f, 0, KIND_MUTEX, LOCK(0), 2);
	close_fixture(&f);
}

/* Task @i has a barrier behind a work that the worker of task @worker runs. */
static void put_barrier(struct image *image, unsigned int i, unsigned int worker)
{
	u64 barrier = OUTER(i);

	set_caller(image, i);
	image_u64(image, barrier + 48, TASK(i));
	put_completion(image, i, barrier + 24);
	put_thread(image, worker, OBJECT(worker), 0x20);
	image_u64(image, OBJECT(worker), TASK(worker));
	image_u64(image, OBJECT(worker) + 24, OBJECT(10));
	image_u64(image, OBJECT(worker) + 32, WORK_FN);
	put_ring(image, (const u64[]){ OBJECT(worker) + 8, barrier + 8 }, 2);
}

static void test_work(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_barrier(image, 0, 3);
	put_barrier(image, 1, 4);
	/* Its worker belongs to another task, but it does run the work. */
	image_u64(image, OBJECT(4), TASK(5));
	image_u64(image, OBJECT(4) + 40, OBJECT(12));
	image_u64(image, OUTER(1), OBJECT(12) | 0x85);
	put_barrier(image, 2, 5);
	/* Its list is torn. */
	image_u64(image, OBJECT(5) + 8 + 8, OBJECT(5));
	open_kinds(&f, image, "wait_for_completion", "__flush_work.isra.0");
	expect_wait(&f, 0, KIND_WORK, OBJECT(10), 3);
	assert_string_equal(wait_of(&f, 0)->about, "work_fn");
	expect_wait(&f, 1, KIND_WORK, OUTER(1) + 24, -1);
	assert_string_equal(wait_of(&f, 1)->about, "");
	expect_wait(&f, 2, KIND_WORK, OUTER(2) + 24, -1);
	assert_string_equal(wait_of(&f, 2)->about, "");
	close_fixture(&f);
}

/* No worker has taken the work from its queue, whose head is in no worker. */
static void test_work_queued(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		put_barrier(image, i, 3 + i);
		image_u64(image, OUTER(i), OBJECT(12) | 0x85);
	}
	put_ring(image, (const u64[]){ OBJECT(13), OBJECT(14) + 8, OUTER(0) + 8 }, 3);
	/* That of task 1 has just been taken off. */
	put_ring(image, (const u64[]){ OUTER(1) + 8 }, 1);
	open_kinds(&f, image, "wait_for_completion", "__flush_work");
	expect_wait(&f, 0, KIND_WORK, OUTER(0) + 24, -1);
	assert_string_equal(wait_of(&f, 0)->about, "not begun");
	expect_wait(&f, 1, KIND_WORK, OUTER(1) + 24, -1);
	assert_string_equal(wait_of(&f, 1)->about, "");
	close_fixture(&f);
}

static void test_workqueue(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	/* Task 0 is the first that flushes, task 1 the next. Task 3 runs a work. */
	for (unsigned int i = 0; i < 2; i++) {
		set_caller(image, i);
		put_completion(image, i, OUTER(i) + 16);
	}
	put_ring(image, (const u64[]){ OBJECT(15), OBJECT(11) }, 2);
	image_u64(image, OBJECT(11) + 16, OUTER(0));
	put_ring(image, (const u64[]){ OBJECT(11) + 24, OUTER(1) }, 2);
	image_put(image, OBJECT(11) + 56, "events", 7);
	put_thread(image, 3, OBJECT(3), 0x20);
	image_u64(image, OBJECT(3), TASK(3));
	image_u64(image, OBJECT(3) + 24, OBJECT(10));
	image_u64(image, OBJECT(3) + 40, OBJECT(12));
	image_u64(image, OBJECT(12), OBJECT(11));
	/* Task 4 runs one that was queued after both flushes. */
	put_thread(image, 4, OBJECT(4), 0x20);
	image_u64(image, OBJECT(4), TASK(4));
	image_u64(image, OBJECT(4) + 24, OBJECT(13));
	image_u64(image, OBJECT(4) + 40, OBJECT(12));
	image_u32(image, OUTER(0) + 40, 15);
	image_u32(image, OUTER(1) + 40, 0);
	image_u32(image, OBJECT(3) + 48, 15);
	image_u32(image, OBJECT(4) + 48, 1);
	open_kinds(&f, image, "wait_for_completion", "__flush_workqueue");
	expect_wait(&f, 0, KIND_WORKQUEUE, OBJECT(11), 3);
	expect_wait(&f, 1, KIND_WORKQUEUE, OBJECT(11), 3);
	assert_string_equal(wait_of(&f, 0)->about, "events");
	assert_false(wait_of(&f, 0)->possibly);
	close_fixture(&f);
}

/* The function that all tasks are in has called the caller, which is on no stack. */
static void put_call(struct image *image)
{
	image_put(image, TAKER + 3, "\xe8", 1);
	image_u32(image, TAKER + 4, (u32)(CALLER - (TAKER + 8)));
}

static void put_rcu(struct image *image, unsigned int i)
{
	set_caller(image, i);
	image_u64(image, OUTER(i) + 8, WAKE_RCU);
	put_completion(image, i, OUTER(i) + 16);
	image_u32(image, RCU_STATE + 0x100, 1);
	image_u32(image, RCU_STATE + 0x104, 1);
	image_u32(image, RCU_STATE + 8, 1);
}

static void test_rcu(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	/* Tasks 3 and 4 were preempted; only the latter before the grace period. */
	put_rcu(image, 0);
	put_ring(image, (const u64[]){ RCU_STATE + 48, TASK(3) + AT_RCU, TASK(4) + AT_RCU }, 3);
	image_u64(image, RCU_STATE + 32, TASK(4) + AT_RCU);
	open_kinds(&f, image, "wait_for_completion", "synchronize_rcu");
	expect_wait(&f, 0, KIND_RCU, RCU_STATE, 4);
	assert_false(wait_of(&f, 0)->possibly);
	close_fixture(&f);

	/* The second processor has not told; task 5 runs on it. */
	image = make_image();
	put_rcu(image, 0);
	image_u64(image, RCU_STATE + 16, 2);
	image_u32(image, TASK(5) + AT_CPU, 1);
	image_u32(image, TASK(5) + AT_ON_CPU, 1);
	open_kinds(&f, image, "wait_for_completion", "synchronize_rcu");
	expect_wait(&f, 0, KIND_RCU, RCU_STATE, 5);
	assert_string_equal(wait_of(&f, 0)->about, "CPU 1 holds it back");
	assert_true(wait_of(&f, 0)->possibly);
	close_fixture(&f);

	/* It ended with a jump. */
	image = make_image();
	put_rcu(image, 0);
	image_u64(image, STACK(0) + 0x3058, TAKER + 8);
	put_call(image);
	image_u64(image, RCU_STATE + 16, 2);
	open_kinds(&f, image, "wait_for_completion", "synchronize_rcu");
	expect_wait(&f, 0, KIND_RCU, RCU_STATE, -1);
	close_fixture(&f);

	/* Another kind of RCU: not known who. */
	image = make_image();
	put_rcu(image, 0);
	image_u64(image, RCU_STATE + 16, 2);
	open_kinds(&f, image, "wait_for_completion", "synchronize_rcu_tasks");
	expect_wait(&f, 0, KIND_COMPLETION, OUTER(0) + 16, -1);
	close_fixture(&f);

	/* Something that is not to tell of the end of a grace period. */
	image = make_image();
	put_rcu(image, 0);
	image_u64(image, OUTER(0) + 8, WAKE_UP);
	open_kinds_of(&f, image, "wait_for_completion", "synchronize_rcu", KINDS_OF_OLD);
	expect_wait(&f, 0, KIND_COMPLETION, OUTER(0) + 16, -1);
	close_fixture(&f);

	/*
	 * Newer kernels have a list of those that are told in place of a callback. In a live
	 * dump it may lead anywhere.
	 */
	image = make_image();
	put_rcu(image, 0);
	image_u64(image, OUTER(0) + 8, 0);
	open_kinds(&f, image, "wait_for_completion", "synchronize_rcu_normal");
	expect_wait(&f, 0, KIND_RCU, RCU_STATE, -1);
	close_fixture(&f);

	/* An expedited one has wait queues, in the nodes. */
	image = make_image();
	put_rcu(image, 0);
	put_queue(image, 0, RCU_STATE + 64, WAKE_UP);
	image_u64(image, RCU_STATE + 24, 1);
	image_u32(image, TASK(5) + AT_ON_CPU, 1);
	open_kinds(&f, image, "anything", "synchronize_rcu_expedited");
	expect_wait(&f, 0, KIND_RCU, RCU_STATE, 5);
	close_fixture(&f);
}

/* Task @i waits by its record, a leaf below that of task @parent. */
static void put_rt(struct image *image, unsigned int i, unsigned int parent, u64 lock)
{
	image_u64(image, TASK(i) + AT_BLOCKED_ON, RECORD(i));
	image_u64(image, RECORD(i) + 24, TASK(i));
	image_u64(image, RECORD(i) + 32, lock);
	if (i == parent) {
		image_u64(image, RECORD(i), 1);
		image_u64(image, lock, RECORD(i));
	} else {
		image_u64(image, RECORD(i), RECORD(parent));
		image_u64(image, RECORD(parent) + 16, RECORD(i));
	}
}

static void test_rt_mutex(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_rt(image, 0, 0, OBJECT(0));
	put_rt(image, 1, 0, OBJECT(0));
	image_u64(image, OBJECT(0) + 8, TASK(3) | 1);
	/* The tree of task 2's lock does not have its record. */
	put_rt(image, 2, 2, OBJECT(1));
	image_u64(image, OBJECT(1), RECORD(0));
	image_u64(image, OBJECT(1) + 8, TASK(3));
	/* The record of task 4 is that of another. */
	put_rt(image, 4, 4, OBJECT(2));
	image_u64(image, RECORD(4) + 24, TASK(5));
	/* The tree of task 5 goes round. */
	put_rt(image, 5, 5, OBJECT(3));
	image_u64(image, RECORD(5), RECORD(5));
	image_u64(image, RECORD(5) + 8, RECORD(5));
	open_kinds(&f, image, "rt_mutex_slowlock", "caller");
	expect_wait(&f, 0, KIND_RT_MUTEX, OBJECT(0), 3);
	expect_wait(&f, 1, KIND_RT_MUTEX, OBJECT(0), 3);
	expect_wait(&f, 2, KIND_RT_MUTEX, 0, -1);
	expect_wait(&f, 4, KIND_SLEEP, 0, -1);
	expect_wait(&f, 5, KIND_RT_MUTEX, 0, -1);
	close_fixture(&f);
}

/* That of a program inherits priorities, and is none of the kernel's locks. */
static void test_pi_futex(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_rt(image, 0, 0, OBJECT(0));
	image_u64(image, OBJECT(0) + 8, TASK(3) | 1);
	set_caller(image, 0);
	open_kinds(&f, image, "rt_mutex_slowlock", "futex_lock_pi");
	expect_wait(&f, 0, KIND_SLEEP, 0, -1);
	close_fixture(&f);
}

/* With CONFIG_PREEMPT_RT other locks have an rt_mutex. */
static void test_rt_locks(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_rt(image, 0, 0, OBJECT(0));
	image_u64(image, OBJECT(0) + 8, TASK(3));
	open_kinds_of(&f, image, "rt_mutex_slowlock", "mutex_lock", KINDS_OF_RT);
	expect_wait(&f, 0, KIND_RT_MUTEX, OBJECT(0), 3);
	assert_int_equal(f.waits.not_known, 0);
	close_fixture(&f);

	image = make_image();
	put_rt(image, 0, 0, OBJECT(0));
	image_u64(image, OBJECT(0) + 8, TASK(3));
	set_caller(image, 0);
	open_kinds_of(&f, image, "rt_mutex_slowlock", "mutex_lock", KINDS_OF_RT);
	expect_wait(&f, 0, KIND_MUTEX, OBJECT(0), 3);
	close_fixture(&f);

	/* It ended with a jump: the call before the return address tells. */
	image = make_image();
	put_rt(image, 0, 0, OBJECT(0));
	image_u64(image, OBJECT(0) + 8, TASK(3));
	put_call(image);
	open_kinds_of(&f, image, "rt_mutex_slowlock", "mutex_lock", KINDS_OF_RT);
	expect_wait(&f, 0, KIND_MUTEX, OBJECT(0), 3);
	close_fixture(&f);

	/* Task 0 waits for task 3, who writes; task 1 writes once two readers have left. */
	image = make_image();
	put_rt(image, 0, 0, OBJECT(0) + 16);
	image_u64(image, OBJECT(0) + 16 + 8, TASK(3) | 1);
	set_caller(image, 1);
	image_u64(image, RECORD(1), OBJECT(1) + 8);
	image_u32(image, OBJECT(1) + 8, 2);
	image_u64(image, OBJECT(1) + 16 + 8, TASK(1) | 1);
	/* Of the lock in the frame of task 2 another has the rt_mutex. */
	set_caller(image, 2);
	image_u64(image, RECORD(2), OBJECT(1) + 8);
	open_kinds_of(&f, image, "rwbase_write_lock", "down_write", KINDS_OF_RT);
	expect_wait(&f, 0, KIND_RWSEM, OBJECT(0), 3);
	expect_wait(&f, 1, KIND_RWSEM, OBJECT(1), -1);
	assert_int_equal(wait_of(&f, 1)->readers, 2);
	expect_wait(&f, 2, KIND_SLEEP, 0, -1);
	close_fixture(&f);
}

static void test_io_uring(void **state)
{
	struct fixture f;

	(void)state;
	for (int old = 0; old < 2; old++) {
		struct image *image = make_image();

		put_completion(image, 0, OBJECT(0));
		for (unsigned int i = 3; i < 6; i++) {
			image_u32(image, TASK(i) + AT_FLAGS, 0x10);
			image_u64(image, TASK(i) + AT_PRIVATE, OBJECT(i));
			image_u64(image, OBJECT(i), TASK(i));
			image_u64(image, OBJECT(i) + 8, OBJECT(0));
		}
		/* Of these one is of another io_wq, and one not the worker of its task. */
		image_u64(image, OBJECT(3) + 8, OBJECT(1));
		image_u64(image, OBJECT(4), TASK(3));
		open_kinds_of(&f, image, "wait_for_completion", "caller",
			      old ? KINDS_OF_OLD : KINDS_OF_NEW);
		expect_wait(&f, 0, KIND_IO_URING, OBJECT(0), 5);
		assert_false(wait_of(&f, 0)->possibly);
		close_fixture(&f);
	}
}

/* Something of each kind in one image. */
static void put_all(struct image *image, unsigned int kind)
{
	switch (kind) {
	case 0:
		put_barrier(image, 0, 3);
		put_rt(image, 1, 1, OBJECT(0));
		break;
	case 1:
		put_rcu(image, 0);
		put_ring(image, (const u64[]){ RCU_STATE + 48, TASK(3) + AT_RCU }, 2);
		image_u64(image, RCU_STATE + 32, TASK(3) + AT_RCU);
		break;
	case 2:
		put_queue(image, 0, OBJECT(0), WAKE_UP);
		put_queue(image, 1, OBJECT(1) + 16, WAKE_SEM);
		put_queue(image, 2, OBJECT(2), WAKE_PAGE);
		put_queue(image, 3, OBJECT(3), WAKE_BIT);
		break;
	default:
		set_caller(image, 0);
		put_completion(image, 0, OUTER(0) + 16);
		put_ring(image, (const u64[]){ OBJECT(15), OBJECT(11) }, 2);
		put_ring(image, (const u64[]){ OBJECT(11) + 24, OUTER(0) }, 2);
		break;
	}
}

static void test_damage(void **state)
{
	static const char *const callers[] = {
		"__flush_work", "synchronize_rcu", "percpu_down_write", "__flush_workqueue",
	};
	FILE *null = fopen("/dev/null", "w");

	(void)state;
	srand(1);
	for (unsigned int i = 0; i < 1000; i++) {
		struct image *image = make_image();
		struct error err = { 0 };
		struct fixture f;

		put_all(image, i % 4);
		for (unsigned int j = 0; j < NR_TASKS; j++)
			image_u64(image, IMAGE_BASE + 0x4000 + (u64)(rand() % 0x600) * 8,
				  IMAGE_BASE + (u64)rand() % USED_SIZE / 8 * 8);
		image_damage(image, USED_SIZE);
		open_kinds(&f, image, i / 4 % 2 ? "wait_for_completion" : "anything",
			   callers[i % 4]);
		f.g.out = null;
		assert_int_equal(graph_print(&f.g, &err), 0);
		assert_int_equal(json_print_waits(&f.g, "1-0", &err), 0);
		for (u32 j = 0; j < f.waits.nr; j++)
			assert_true(f.waits.all[j].owner == WAITS_NOBODY ||
				    f.waits.all[j].owner < f.tasks.nr);
		close_fixture(&f);
	}
	fclose(null);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_semaphore),
		cmocka_unit_test(test_ww_mutex),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_work),
		cmocka_unit_test(test_work_queued),
		cmocka_unit_test(test_workqueue),
		cmocka_unit_test(test_rcu),
		cmocka_unit_test(test_rt_mutex),
		cmocka_unit_test(test_pi_futex),
		cmocka_unit_test(test_rt_locks),
		cmocka_unit_test(test_io_uring),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
