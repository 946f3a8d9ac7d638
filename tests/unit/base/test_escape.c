// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_escape.c - text of unknown origin stays on its line and in its buffer.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/escape.h"

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

static void test_in_place(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{ "plain", "plain" },
		{ "\033[2J\n\x7f", "?[2J??" },
		/* C1, as bytes and as characters. */
		{ "\2332J\x80\x9f", "?2J??" },
		{ "\xc2\2332J\xc2\x80", "??2J??" },
		{ "\xc2\xa0\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80",
		  "\xc2\xa0\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80" },
		/* Not UTF-8: too long, surrogates, too large, without a beginning. */
		{ "\xc1\x9b\xe0\x82\x9b|\xed\xa0\x80|\xf4\x90\x80\x80|\xbf\xff",
		  "?????|???|????|??" },
		/* A new line, and from right to left. */
		{ "\xe2\x80\xa8\xe2\x80\xae\xef\xbb\xbf", "?????????" },
		{ "cut \xe2\x82", "cut " },
	};
	struct escaped name;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(escape_name(&name, rows[i].from), rows[i].to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_in_place),
	};

	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
