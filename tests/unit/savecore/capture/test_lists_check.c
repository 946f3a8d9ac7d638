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

static void test_asked(void **state)
{
	(void)state;
	for (int beside = 0; beside < 2; beside++) {
		struct lists_check check;
		struct job j;

		job_open(&j, job_ranges);
		lists_check_open(&check, &j.src.src, 0, beside);
		assert_false(check.checker.can_look(&check.checker, false));
		assert_false(check.checker.can_look(&check.checker, true));
		lists_check_close(&check);
		assert_true(check.why[0]);
		job_close(&j);
	}
}

/* A dump may fail before it asks, and then the thread still runs. */
static void test_not_asked(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		struct lists_check check;
		struct job j;

		job_open(&j, job_ranges);
		lists_check_open(&check, &j.src.src, 0, true);
		lists_check_close(&check);
		assert_true(check.why[0]);
		job_close(&j);
	}
}

/* The dump is what it is without a checker. */
static void test_dump(void **state)
{
	(void)state;
	for (int beside = 0; beside < 2; beside++) {
		struct lists_check check;
		struct lists_verdict verdict;
		char text[sizeof(verdict.text)];
		struct job j;

		job_open(&j, job_ranges);
		lists_check_open(&check, &j.src.src, 0, beside);
		j.p.checker = &check.checker;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		lists_check_close(&check);
		assert_int_equal(j.st.lists.readings, 0);
		assert_int_equal(j.st.pages.buffered, j.st.pages.kept);
		lists_tell(&j.st.lists, check.why, &verdict);
		snprintf(text, sizeof(text), "not looked at: %s", check.why);
		assert_string_equal(verdict.text, text);
		job_close(&j);
	}
}

/* There was none: nothing was opened. */
static void test_none(void **state)
{
	struct lists_check check = { 0 };

	(void)state;
	lists_check_close(&check);
	assert_false(check.why[0]);
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
