// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_procfile.c - files that have a name and a number on each line.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "port/procfile.h"

static void test_find(void **state)
{
	static const char text[] = "one 1\ntwo: 22\nto 3\n";

	(void)state;
	assert_string_equal(procfile_find(text, "two:"), " 22\nto 3\n");
	assert_string_equal(procfile_find(text, ""), text);
	assert_string_equal(procfile_find(text, "to "), "3\n");
	assert_null(procfile_find(text, "wo:"));
	assert_null(procfile_find(text, "three"));
	assert_null(procfile_find("", "one"));
}

static void test_number(void **state)
{
	static const char text[] = "one 1\ntwo:\t 22 kB\nmax max\nbig 99999999999999999999\n"
				   "minus -1\nend 5";
	u64 value = 7;

	(void)state;
	assert_true(procfile_number(text, "one ", "\n", &value));
	assert_int_equal(value, 1);
	assert_true(procfile_number(text, "two:", " kB\n", &value));
	assert_int_equal(value, 22);
	assert_true(procfile_number(text, "end ", "", &value));
	assert_int_equal(value, 5);
	assert_false(procfile_number(text, "two:", "\n", &value));
	assert_false(procfile_number(text, "max ", "\n", &value));
	assert_false(procfile_number(text, "big ", "\n", &value));
	assert_false(procfile_number(text, "minus ", "\n", &value));
	assert_false(procfile_number(text, "end ", "\n", &value));
	assert_false(procfile_number(text, "none ", "\n", &value));
	assert_int_equal(value, 5);
}

/* A file that does not fit is not taken for a shorter one. */
static void test_read(void **state)
{
	char path[] = "/tmp/test_procfile.XXXXXX", text[8] = "x";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(procfile_read(path, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	assert_int_equal(write(fd, "1234567", 7), 7);
	assert_int_equal(procfile_read(path, text, sizeof(text)), 0);
	assert_string_equal(text, "1234567");
	assert_int_equal(procfile_read_fd(fd, text, sizeof(text)), 0);
	assert_string_equal(text, "1234567");
	assert_int_equal(write(fd, "8", 1), 1);
	assert_int_equal(procfile_read(path, text, sizeof(text)), -EFBIG);
	assert_string_equal(text, "");
	close(fd);
	unlink(path);
	assert_int_equal(procfile_read(path, text, sizeof(text)), -ENOENT);
	assert_string_equal(text, "");
}

static void test_write(void **state)
{
	char path[] = "/tmp/test_procfile.XXXXXX", text[8];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	procfile_write(path, "1000");
	assert_int_equal(procfile_read(path, text, sizeof(text)), 0);
	assert_string_equal(text, "1000");
	unlink(path);
	/* Nothing is made, and nothing is said. */
	procfile_write(path, "1");
	assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find), cmocka_unit_test(test_number),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
