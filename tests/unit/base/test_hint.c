// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_hint.c - each operation has a hint for each errno, and root is not told to
 * become root.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hint.h"

#define ERRNO_MAX	133

static void test_all(void **state)
{
	(void)state;
	for (int op = HINT_DIRECTORY; op <= HINT_MODULE; op++) {
		for (int e = 1; e <= ERRNO_MAX; e++) {
			assert_true(strlen(hint_for(op, e, false)) > 10);
			assert_null(strstr(hint_for(op, e, true), "as root"));
		}
	}
}

/* What a limit is in the way of has the same remedy whatever meets with it. */
static void test_limits(void **state)
{
	(void)state;
	for (int op = HINT_DIRECTORY; op <= HINT_MODULE; op++) {
		assert_non_null(strstr(hint_for(op, EMFILE, true), "ulimit -n"));
		assert_non_null(strstr(hint_for(op, ENFILE, false), "fs.file-max"));
	}
	assert_non_null(strstr(hint_for(HINT_MODULE, EAGAIN, true), "pids.max"));
	assert_non_null(strstr(hint_for(HINT_THREAD, EAGAIN, true), "pids.max"));
	/* The stack of a thread may be what there is no memory for. */
	assert_non_null(strstr(hint_for(HINT_THREAD, EAGAIN, true), "vm.overcommit_"));
	assert_non_null(strstr(hint_for(HINT_CREATE, EDQUOT, true), "quota"));
	assert_non_null(strstr(hint_for(HINT_WRITE, EFBIG, true), "ulimit -f"));
	assert_non_null(strstr(hint_for(HINT_CREATE, EACCES, false), "as root"));
	assert_non_null(strstr(hint_for(HINT_BOUNDS, EACCES, true), "readable"));
	assert_string_equal(hint_for(HINT_MODULE, EINVAL, true), "read the kernel log");
}

static void test_room(void **state)
{
	(void)state;
	assert_null(strstr(hint_room(false), "-m"));
	assert_non_null(strstr(hint_room(true), "only when the new one is stored"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
