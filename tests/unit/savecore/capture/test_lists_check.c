// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_lists_check.c - a kernel whose lists cannot be looked at, as it has no symbols,
 * with a thread that finds that out and without one.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/dump/dump.h"
#include "savecore/capture/lists_check.h"
#include "tests/unit/job.h"

static struct job job;
static struct lists_check check;

static void open_both(bool beside)
{
	job_open(&job, job_ranges);
	lists_check_open(&check, &job.src.src, 0, beside);
}

/* Whatever became of it, it says why the lists cannot be looked at. */
static void close_both(void)
{
	lists_check_close(&check);
	assert_true(check.why[0]);
	job_close(&job);
}

static void test_asked(void **state)
{
	(void)state;
	for (int beside = 0; beside < 2; beside++) {
		open_both(beside);
		assert_false(check.checker.can_look(&check.checker, false));
		assert_false(check.checker.can_look(&check.checker, true));
		close_both();
	}
}

/* A dump may fail before it asks, and then the thread still runs. */
static void test_not_asked(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		open_both(true);
		close_both();
	}
}

/* The dump is what it is without a checker. */
static void test_dump(void **state)
{
	struct lists_verdict verdict;
	char text[sizeof(verdict.text)];

	(void)state;
	for (int beside = 0; beside < 2; beside++) {
		open_both(beside);
		job.p.checker = &check.checker;
		assert_int_equal(ld_dump(&job.p, &job.st), 0);
		assert_int_equal(job.st.lists.readings, 0);
		assert_int_equal(job.st.pages.buffered, job.st.pages.kept);
		lists_check_close(&check);
		lists_tell(&job.st.lists, check.why, &verdict);
		snprintf(text, sizeof(text), "not looked at: %s", check.why);
		assert_true(check.why[0]);
		assert_string_equal(verdict.text, text);
		job_close(&job);
	}
}

/* There was none: nothing was opened. */
static void test_none(void **state)
{
	struct lists_check none = { 0 };

	(void)state;
	lists_check_close(&none);
	assert_false(none.why[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_not_asked),
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
