// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_boost.c - when threads are boosted: as many as half of the processors while
 * memory is read, from the first page frame on, all while they hold the processors, and
 * none before and after. A process that must not use real-time priority is never
 * boosted.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "core/checker.h"
#include "port/port.h"
#include "tests/unit/job.h"

#define WORKERS	3U

/* The policy that this process gets when it asks for real-time priority. */
static int boosted;

/* Threads that have it while memory is read. */
static unsigned int expected;

static port_atomic64_t reads, others;

/* Threads of this process with the policy @policy. */
static unsigned int threads_with(int policy)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned int nr = 0;
	struct dirent *entry;

	if (!tasks)
		return 0;
	while ((entry = readdir(tasks)))
		nr += entry->d_name[0] != '.' &&
			sched_getscheduler(atoi(entry->d_name)) == policy;
	closedir(tasks);
	return nr;
}

static void look(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)f;
	(void)pfn;
	(void)nr;
	port_atomic64_add(&reads, 1);
	if (threads_with(boosted) != expected)
		port_atomic64_add(&others, 1);
}

static void open_boosted(struct job *j)
{
	port_atomic64_set(&reads, 0);
	port_atomic64_set(&others, 0);
	job_open(j, job_ranges);
	j->p.workers = WORKERS;
	j->request.boost = true;
	j->src.after_read = look;
}

static void test_from_the_first(void **state)
{
	struct job j;

	(void)state;
	for (int i = 0; i < 20; i++) {
		open_boosted(&j);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_true(port_atomic64_read(&reads) > 0);
		assert_int_equal(port_atomic64_read(&others), 0);
		assert_int_equal(threads_with(SCHED_OTHER), WORKERS);
		job_close(&j);
	}
}

static void test_none_after_failure(void **state)
{
	struct job j;

	(void)state;
	open_boosted(&j);
	j.src.after_read = cancel_late;
	j.src.arg = &j;
	assert_int_equal(ld_dump(&j.p, &j.st), -ECANCELED);
	assert_int_equal(threads_with(SCHED_OTHER), WORKERS);
	job_close(&j);

	open_boosted(&j);
	j.request.mode = LD_MODE_FREEZE;
	j.request.max_pause_ns = 1;
	j.src.after_read = NULL;
	assert_int_equal(ld_dump(&j.p, &j.st), -ETIME);
	assert_int_equal(threads_with(SCHED_OTHER), WORKERS);
	job_close(&j);
}

/*
 * What can be mended is read without the boost. What is torn nevertheless is mended while
 * all threads are boosted, and that ends with it. What is looked at are the threads in
 * each call.
 */
static unsigned int calls, with_boost[4];

/* What the first look takes without and with the copies, which end by their time limit. */
static s64 first_look_ns, later_look_ns = 1000000;
static bool copies_long;

static void copy_until_late(struct ld_again *again)
{
	for (int i = 0; i < 100; i++) {
		int ret = again->copy(again, 600, 1);

		if (ret == -ETIME)
			return;
		assert_int_equal(ret, 0);
		port_atomic64_add(&fake_clock, 10000000LL);
	}
	fail_msg("no time limit");
}

static unsigned int is_torn(struct ld_checker *c, const struct ld_pagebuf *copies,
			    struct ld_again *again, unsigned int reading)
{
	(void)c;
	(void)copies;
	(void)reading;
	with_boost[calls++] = threads_with(boosted);
	if (calls == 1 && copies_long)
		copy_until_late(again);
	/* The first look tells how long one takes: not so long that others may not be held. */
	port_atomic64_add(&fake_clock, calls > 1 ? later_look_ns : first_look_ns);
	return calls < 4;
}

/* @held: how often each worker is to hold a processor while what is torn is mended. */
static void expect_held(unsigned int held)
{
	struct ld_checker checker = { .what_is_torn = is_torn, .readings = 1 };
	struct job j;

	port_atomic64_set(&fake_clock, 1000000000);
	calls = 0;
	fake_cpus = WORKERS;
	open_boosted(&j);
	j.p.checker = &checker;
	expected = boosted == SCHED_OTHER ? WORKERS : 0;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(calls, 4);
	assert_int_equal(with_boost[0], boosted == SCHED_OTHER ? WORKERS : 0);
	for (unsigned int i = 1; i < 4; i++)
		assert_int_equal(with_boost[i],
				 i <= held || boosted == SCHED_OTHER ? WORKERS : 0);
	assert_true(port_atomic64_read(&reads) > 0);
	assert_int_equal(port_atomic64_read(&others), 0);
	assert_int_equal(threads_with(SCHED_OTHER), WORKERS);
	job_close(&j);
	fake_cpus = 0;
	port_atomic64_set(&fake_clock, 0);
}

static void test_held(void **state)
{
	(void)state;
	first_look_ns = 1000000;
	expect_held(3);
}

static void test_long_look(void **state)
{
	(void)state;
	first_look_ns = 500000000;
	expect_held(0);
}

/* A hold that took too long is the last one. */
static void test_long_hold(void **state)
{
	(void)state;
	first_look_ns = 1000000;
	later_look_ns = 3000000000;
	expect_held(1);
	later_look_ns = 1000000;
}

/* Structures that change fast use up the time for copies. To look is not long by that. */
static void test_long_copies(void **state)
{
	(void)state;
	copies_long = true;
	first_look_ns = 1000000;
	expect_held(3);
	first_look_ns = 500000000;
	expect_held(0);
	copies_long = false;
}

static void test_no_boost(void **state)
{
	struct job j;

	(void)state;
	open_boosted(&j);
	j.request.boost = false;
	boosted = SCHED_OTHER;
	expected = WORKERS;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_true(port_atomic64_read(&reads) > 0);
	assert_int_equal(port_atomic64_read(&others), 0);
	job_close(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_the_first),
		cmocka_unit_test(test_none_after_failure),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_long_look),
		cmocka_unit_test(test_long_hold),
		cmocka_unit_test(test_long_copies),
		cmocka_unit_test(test_no_boost),
	};

	port_boost(true);
	boosted = sched_getscheduler(0);
	port_boost(false);
	expected = WORKERS;
	if (boosted != SCHED_OTHER && port_cpus() / 2 < WORKERS)
		expected = port_cpus() > 1 ? port_cpus() / 2 : 1;
	return cmocka_run_group_tests_name("boost", tests, NULL, NULL);
}
