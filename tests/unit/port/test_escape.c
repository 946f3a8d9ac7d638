// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_escape.c - text of unknown origin stays on its line and in its buffer.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "port/escape.h"

static void test_escape(void **state)
{
	char buf[64], small[6];

	(void)state;
	escape_text(buf, sizeof(buf), "plain text: 1");
	assert_string_equal(buf, "plain text: 1");
	escape_text(buf, sizeof(buf), "a\nVerdict: live\\\x7f\xff");
	assert_string_equal(buf, "a\\x0aVerdict: live\\x5c\\x7f\\xff");
	escape_text(small, sizeof(small), "abc\n");
	assert_string_equal(small, "abc");
	escape_text(small, sizeof(small), "a\nb");
	assert_string_equal(small, "a\\x0a");
	escape_text(small, sizeof(small), "abcdefg");
	assert_string_equal(small, "abcde");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
