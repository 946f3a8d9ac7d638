// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_threads.c - how many threads are boosted: half of the CPUs that are not
 * isolated, at least one.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>

#include "port/threads.h"

/* Half of CPUs 0 .. @cpus - 1, without those in the lists. */
static unsigned int half(int cpus, const char *isolated, const char *nohz_full)
{
	const char *const lists[] = { isolated, nohz_full, NULL };
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < cpus; cpu++)
		CPU_SET(cpu, &set);
	return threads_half(&set, sizeof(set), lists);
}

static void test_half(void **state)
{
	(void)state;
	assert_int_equal(half(1, "\n", "\n"), 1);
	assert_int_equal(half(2, "\n", "\n"), 1);
	assert_int_equal(half(3, "", ""), 1);
	assert_int_equal(half(4, "\n", "(null)\n"), 2);
	assert_int_equal(half(64, "\n", "\n"), 32);
}

static void test_isolated(void **state)
{
	(void)state;
	assert_int_equal(half(8, "4-7\n", "\n"), 2);
	assert_int_equal(half(8, "2,4-7\n", "2-3\n"), 1);
	assert_int_equal(half(8, "7\n", "\n"), 3);
	assert_int_equal(half(16, "0,2,4,6,8-9\n", "(null)\n"), 5);
	/* No other CPU is left, or the list has more CPUs than the set. */
	assert_int_equal(half(8, "0-7\n", "\n"), 1);
	assert_int_equal(half(8, "6-9000\n", "99999999999\n"), 3);
	/* What follows a fault is not read. */
	assert_int_equal(half(8, "x0-7\n", "0;1-7"), 3);
}

/* This process has at least one, and no more than the CPUs that it may run on. */
static void test_this_machine(void **state)
{
	unsigned int boosted = threads_boosted();
	cpu_set_t one, all;

	(void)state;
	assert_in_range(boosted, 1, threads_default());
	if (sched_getaffinity(0, sizeof(all), &all))
		skip();
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(threads_boosted(), 1);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half),
		cmocka_unit_test(test_isolated),
		cmocka_unit_test(test_this_machine),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
