// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_look.c - whether the directories of the targets are there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "watch/child/look.h"

static void test_targets(void **state)
{
	struct config c = {
		.targets = 4,
		.target = {
			{ .directory = "/tmp" },
			{ .directory = "/nonexistent/crash" },
			{ .directory = "/dev/null" },
			{ .command = "false" },
		},
	};
	look_trouble trouble;

	(void)state;
	look_at_targets(&c, 5000, trouble);
	assert_string_equal(trouble[0], "");
	assert_string_equal(trouble[1], "/nonexistent/crash: No such file or directory");
	assert_string_equal(trouble[2], "/dev/null: Not a directory");
	assert_string_equal(trouble[3], "");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* Without any patience, it may be taken to hang. */
static void test_late(void **state)
{
	struct config c = { .targets = 1, .target = { { .directory = "/tmp" } } };
	look_trouble trouble;

	(void)state;
	look_at_targets(&c, 0, trouble);
	if (trouble[0][0]) {
		assert_string_equal(trouble[0], "/tmp: it does not answer");
		assert_true(waitpid(-1, NULL, 0) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
