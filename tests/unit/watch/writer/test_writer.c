// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_writer.c - a process that writes cannot be started.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "watch/writer/writer.h"

/* Its place is as free as before, and has no descriptor of somebody else's. */
static void test_no_socket(void **state)
{
	const struct held held = { .id = 7, .fd = -1 };
	const struct target target = { .directory = "/none", .ms = 1000 };
	struct rlimit limit, none;
	struct writer w = WRITER_INIT;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(writer_start(&w, &held, &target, 0, 0), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(w.pid, 0);
	assert_int_equal(w.id, 0);
	assert_int_equal(w.sock, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
