// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_waits.c - tasks wait for mutexes and rw_semaphores, and the report tells so. Then
 * the same with whatever may be broken.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/waitgraph/waits/fixture.h"
#include "waitgraph/report/signature.h"

/* That the task whose PID ends with @i is blocked, and nothing more is known. */
#define SLEEPS(i)	"task" i " (10" i ") has waited unknown time in taker+0x8, " \
			"and what for is not known\n"

/* The same after a second. */
#define LASTS(i)	"task" i " (10" i ") has waited 1.0 s in taker+0x8, " \
			"and what for is not known\n"

static void expect_report(struct fixture *f, const char *want)
{
	struct error err = { 0 };
	char *text = NULL;
	size_t size;

	f->g.out = open_memstream(&text, &size);
	assert_int_equal(graph_print(&f->g, &err), 0);
	fclose(f->g.out);
	assert_string_equal(text, want);
	free(text);
}

static void test_deadlock(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_lock(image, 0, TASK(0) | 3, 2, (const unsigned int[]){ 1, 2 });
	put_lock(image, 1, TASK(1), 1, (const unsigned int[]){ 0 });
	put_lock(image, 2, TASK(2), 1, (const unsigned int[]){ 3 });
	open_fixture(&f, image, "__mutex_lock.constprop.0");
	assert_int_equal(f.tasks.nr, NR_TASKS);
	assert_true(graph_hangs(&f.g));
	expect_report(&f,
		      "deadlock: 2 tasks, mutexes lock_b and lock_a\n"
		      "  task0 (100) holds lock_a, has waited unknown time for lock_b in taker+0x8\n"
		      "  task1 (101) holds lock_b, has waited unknown time for lock_a in taker+0x8\n"
		      "2 more tasks wait behind them: task2 (102), task3 (103)\n"
		      SLEEPS("4") SLEEPS("5"));
	close_fixture(&f);
}

/* A circle of waits that have just begun may be of two moments. */
static void test_brief(void **state)
{
	struct image *image = make_image();
	char signature[SIGNATURE_SIZE];
	struct error err = { 0 };
	struct fixture f;

	(void)state;
	put_lock(image, 0, TASK(0), 1, (const unsigned int[]){ 1 });
	put_lock(image, 1, TASK(1), 1, (const unsigned int[]){ 0 });
	open_fixture(&f, image, "__mutex_lock");
	wait_for_ns(&f, WAITS_STILL_NS);
	assert_true(graph_hangs(&f.g));
	assert_int_equal(signature_make(&f.g, 0, signature, &err), 0);
	assert_int_not_equal(signature[0], 0);
	/* One of them suffices. */
	f.tasks.all[1].waited = 5000000;
	graph_free(&f.g);
	assert_int_equal(graph_find(&f.g, &err), 0);
	assert_false(graph_hangs(&f.g));
	assert_int_equal(signature_make(&f.g, 0, signature, &err), 0);
	assert_int_equal(signature[0], 0);
	expect_report(&f,
		      "possible deadlock: 2 tasks, mutexes lock_b and lock_a\n"
		      "  task0 (100) holds lock_a, has waited 1.0 s for lock_b in taker+0x8\n"
		      "  task1 (101) holds lock_b, has waited 0.0 s for lock_a in taker+0x8\n"
		      LASTS("2") LASTS("3") LASTS("4") LASTS("5"));
	close_fixture(&f);
}

/* A reader that has left and wants to write is not the one that it waits for. */
static void test_own_reader(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_lock(image, 0, TASK(1) | 1, 1, (const unsigned int[]){ 1 });
	image_u64(image, LOCK(0) + 24, 2 << 8 | 2);
	open_fixture(&f, image, "rwsem_down_write_slowpath");
	wait_for_ns(&f, 20000000);
	assert_false(graph_hangs(&f.g));
	assert_int_equal(f.waits.all[1].kind - wait_kinds, KIND_RWSEM);
	assert_int_equal(f.waits.all[1].owner, WAITS_NOBODY);
	assert_int_equal(f.waits.all[1].readers, 2);
	/* It may be: then it stays so. */
	wait_for_ns(&f, WAITS_HANG_NS);
	assert_int_equal(f.waits.all[1].owner, 1);
	assert_true(graph_hangs(&f.g));
	close_fixture(&f);

	/* A writer that has just got it is not remembered yet. */
	image = make_image();
	put_lock(image, 0, TASK(4) | 1, 1, (const unsigned int[]){ 1 });
	image_u64(image, LOCK(0) + 24, 1);
	open_fixture(&f, image, "rwsem_down_write_slowpath");
	assert_int_equal(f.waits.all[1].kind - wait_kinds, KIND_RWSEM);
	assert_int_equal(f.waits.all[1].owner, WAITS_NOBODY);
	close_fixture(&f);
}

static void test_readers(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_lock(image, 0, TASK(4) | 1, 2, (const unsigned int[]){ 1, 2 });
	image_u64(image, LOCK(0) + 24, 3 << 8 | 2);
	put_lock(image, 1, TASK(1), 1, (const unsigned int[]){ 3 });
	image_u64(image, LOCK(1) + 24, 1);
	image_u64(image, STACK(4) + 0x3010, ENTRY + 4);
	open_fixture(&f, image, "rwsem_down_write_slowpath");
	assert_false(graph_hangs(&f.g));
	expect_report(&f,
		      "task4 (104) has waited unknown time in entry+0x4, and what for is not known\n"
		      "  task1 (101) has waited unknown time for lock_a in taker+0x8, which task4 (104) possibly holds\n"
		      "  task2 (102) has waited unknown time for lock_a in taker+0x8, which task4 (104) possibly holds\n"
		      "3 tasks wait behind it: task1 (101), task2 (102), task3 (103)\n"
		      "        schedule+0x10\n        entry+0x4\n" SLEEPS("0") SLEEPS("5"));
	close_fixture(&f);
}

/* As put_lock(), without a head: only the waiters have the address of the lock. */
static void put_lock_7(struct image *image, unsigned int j, u64 owner, unsigned int nr,
		       const unsigned int *waiters)
{
	u64 ring[NR_TASKS];

	image_u64(image, LOCK(j), owner);
	image_u64(image, LOCK(j) + 8, RECORD(waiters[0]));
	for (unsigned int i = 0; i < nr; i++) {
		ring[i] = RECORD(waiters[i]);
		image_u64(image, RECORD(waiters[i]) + 16, TASK(waiters[i]));
		image_u64(image, RECORD(waiters[i]) + 24, LOCK(j));
	}
	put_ring(image, ring, nr);
}

static void test_deadlock_7(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_lock_7(image, 0, TASK(0), 2, (const unsigned int[]){ 1, 2 });
	put_lock_7(image, 1, TASK(1), 1, (const unsigned int[]){ 0 });
	/* This one points to the lock of another task. */
	put_lock_7(image, 2, TASK(2), 1, (const unsigned int[]){ 3 });
	image_u64(image, RECORD(3) + 24, LOCK(0));
	open_fixture_of(&f, image, "__mutex_lock", false);
	expect_report(&f,
		      "deadlock: 2 tasks, mutexes lock_b and lock_a\n"
		      "  task0 (100) holds lock_a, has waited unknown time for lock_b in taker+0x8\n"
		      "  task1 (101) holds lock_b, has waited unknown time for lock_a in taker+0x8\n"
		      "1 more task waits behind them: task2 (102)\n"
		      "task3 (103) has waited unknown time for a mutex that cannot be read in taker+0x8, and who holds it is not known\n"
		      SLEEPS("4") SLEEPS("5"));
	close_fixture(&f);
}

/* An owner that is no task is not told, nor a record that is linked one way only. */
static void test_untrue(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	put_lock(image, 0, TASK(0) + 64, 1, (const unsigned int[]){ 1 });
	put_lock(image, 1, TASK(0), 1, (const unsigned int[]){ 2 });
	image_u64(image, LOCK(1) + 8 + 8, LOCK(1));
	put_lock(image, 2, TASK(0), 1, (const unsigned int[]){ 3 });
	image_u64(image, RECORD(3) + 16, TASK(4));
	open_fixture(&f, image, "__mutex_lock");
	expect_report(&f,
		      "task1 (101) has waited unknown time for lock_a in taker+0x8, and who holds it is not known\n"
		      SLEEPS("0") SLEEPS("2") SLEEPS("3") SLEEPS("4") SLEEPS("5"));
	close_fixture(&f);
}

/* A task that is stopped by the freezer waits for nothing. */
static void test_sleeps(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	for (unsigned int i = 1; i < NR_TASKS; i++)
		image_u32(image, TASK(i) + AT_STATE, 1);
	open_fixture(&f, image, "msleep");
	assert_int_equal(f.waits.nr, 1);
	assert_false(graph_hangs(&f.g));
	expect_report(&f, SLEEPS("0"));
	f.tasks.all[0].waited = WAITS_HANG_NS;
	assert_true(graph_hangs(&f.g));
	close_fixture(&f);

	image = make_image();
	open_fixture(&f, image, "__refrigerator");
	expect_report(&f, "no task waits for a lock\n");
	close_fixture(&f);

	/* Since Linux 6.1 tasks are frozen wherever they sleep. It holds its locks. */
	image = make_image();
	for (unsigned int i = 0; i < NR_TASKS; i++)
		image_u32(image, TASK(i) + AT_STATE, 0x8000);
	put_lock(image, 0, TASK(0), 1, (const unsigned int[]){ 1 });
	open_fixture(&f, image, "__mutex_lock");
	assert_int_equal(f.tasks.all[0].state, 'D');
	assert_int_equal(f.waits.nr, 1);
	assert_int_equal(f.tasks.all[f.waits.all[0].task].pid, 101);
	close_fixture(&f);

	/* It is ready to run. */
	image = make_image();
	open_fixture(&f, image, "preempt_schedule_irq");
	expect_report(&f, "no task waits for a lock\n");
	close_fixture(&f);
}

/* Of a list of tasks with a tear both ends are found. */
static void test_torn_tasks(void **state)
{
	struct image *image = make_image();
	struct fixture f;

	(void)state;
	image_u64(image, TASK(2), TASK(1));
	image_u64(image, TASK(3) + 8, TASK(1));
	for (unsigned int i = 0; i < NR_TASKS; i++)
		image_u32(image, TASK(i) + AT_STATE, 1);
	open_fixture(&f, image, "nothing");
	assert_int_equal(f.tasks.nr, NR_TASKS);
	assert_int_equal(f.tasks.torn, 1);
	expect_report(&f, "no task waits for a lock\n");
	close_fixture(&f);
}

/* Task 2 is in no list of tasks, as in a live dump one that was new. It does wait. */
static void test_unknown_waiter(void **state)
{
	const u64 known[] = { INIT_TASK, TASK(0), TASK(1), TASK(3), TASK(4), TASK(5) };

	(void)state;
	for (int old = 0; old < 2; old++) {
		struct image *image = make_image();
		struct fixture f;
		u32 nr = 0;

		(old ? put_lock : put_lock_7)(image, 0, TASK(0), 3,
					      (const unsigned int[]){ 1, 2, 3 });
		put_ring(image, known, 6);
		open_fixture_of(&f, image, "__mutex_lock", old);
		assert_int_equal(f.tasks.nr, NR_TASKS - 1);
		for (u32 i = 0; i < f.waits.nr; i++) {
			const struct wait *w = &f.waits.all[i];
			u32 pid = f.tasks.all[w->task].pid;

			if (pid != 101 && pid != 103)
				continue;
			assert_int_equal(w->lock, LOCK(0));
			assert_int_equal(w->owner, 0);
			nr++;
		}
		assert_int_equal(nr, 2);
		close_fixture(&f);
	}
}

static void test_damage(void **state)
{
	FILE *null = fopen("/dev/null", "w");

	(void)state;
	srand(1);
	for (unsigned int i = 0; i < 500; i++) {
		struct image *image = make_image();
		struct error err = { 0 };
		struct fixture f;

		(i % 2 ? put_lock : put_lock_7)(image, 0, TASK(0), 2,
						(const unsigned int[]){ 1, 2 });
		(i % 2 ? put_lock : put_lock_7)(image, 1, TASK(1), 1,
						(const unsigned int[]){ 0 });
		for (unsigned int j = 0; j < NR_TASKS; j++) {
			u64 task = TASK((unsigned int)rand() % NR_TASKS);

			image_u64(image, task + (u64)(rand() % 48) * 8,
				  IMAGE_BASE + (u64)rand() % USED_SIZE / 8 * 8);
		}
		image_damage(image, USED_SIZE);
		open_fixture_of(&f, image, "__mutex_lock", i % 2);
		f.g.out = null;
		assert_int_equal(graph_print(&f.g, &err), 0);
		assert_int_equal(json_print_waits(&f.g, "", &err), 0);
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
		cmocka_unit_test(test_deadlock),
		cmocka_unit_test(test_deadlock_7),
		cmocka_unit_test(test_brief),
		cmocka_unit_test(test_own_reader),
		cmocka_unit_test(test_readers),
		cmocka_unit_test(test_untrue),
		cmocka_unit_test(test_sleeps),
		cmocka_unit_test(test_torn_tasks),
		cmocka_unit_test(test_unknown_waiter),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
