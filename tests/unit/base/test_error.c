// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_error.c - an error is one line, with a hint that can be told from it, and a
 * code that stays the same.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/error.h"

static void test_hint(void **state)
{
	struct error err = { 0 };

	(void)state;
	error_set(&err, "%s: no space\nuse %d others", "here", 2);
	assert_string_equal(err.text, "here: no space: use 2 others");
	assert_string_equal(err.text + err.hint, "use 2 others");
	assert_int_equal(err.code, ERROR_NONE);
	err = (struct error){ 0 };
	error_set(&err, "%s: no space", "here");
	assert_string_equal(err.text, "here: no space");
	assert_int_equal(err.hint, 0);
}

/* A newline of an argument is not the one before the hint. */
static void test_newline_in_argument(void **state)
{
	struct error err = { 0 };

	(void)state;
	error_set(&err, "%s: bad\nremove %s", "a\nb", "c\nd");
	assert_string_equal(err.text, "a?b: bad: remove c?d");
	assert_string_equal(err.text + err.hint, "remove c?d");
	err = (struct error){ 0 };
	error_set(&err, "%s: bad", "a\nb");
	assert_string_equal(err.text, "a?b: bad");
	assert_int_equal(err.hint, 0);
}

/* What does not fit is cut, and a hint that is not there is none. */
static void test_long(void **state)
{
	struct error err = { 0 };
	char name[600];

	(void)state;
	for (size_t len = sizeof(err.text) - 10; len < sizeof(err.text) + 10; len++) {
		memset(name, 'x', len);
		name[len] = '\0';
		err = (struct error){ 0 };
		error_set(&err, "%s\nhint", name);
		assert_true(err.hint < sizeof(err.text));
		assert_true(err.hint <= strlen(err.text));
		assert_true(!err.hint || !strncmp("hint", err.text + err.hint,
						  strlen(err.text + err.hint)));
	}
}

static void test_first_stays(void **state)
{
	struct error err = { 0 }, why = { 0 };

	(void)state;
	error_set_code(&err, ERROR_BUSY, "first\nwait");
	error_set_code(&err, ERROR_IO, "second\ndo not");
	error_classify(&err, -ENOSPC);
	error_set(&why, "third");
	error_take(&err, NULL, &why);
	error_take(&err, "prefix", &why);
	assert_string_equal(err.text, "first: wait");
	assert_int_equal(err.code, ERROR_BUSY);
	assert_string_equal(err.text + err.hint, "wait");
}

static void test_take(void **state)
{
	struct error err = { 0 }, why = { 0 };

	(void)state;
	error_set_code(&why, ERROR_USAGE, "'x' is wrong\nuse y");
	error_take(&err, "--option", &why);
	assert_string_equal(err.text, "--option: 'x' is wrong: use y");
	assert_string_equal(err.text + err.hint, "use y");
	assert_int_equal(err.code, ERROR_USAGE);
	err = (struct error){ 0 };
	error_take(&err, NULL, &why);
	assert_memory_equal(&err, &why, sizeof(err));
	why = (struct error){ 0 };
	err = (struct error){ 0 };
	error_set(&why, "no hint");
	error_take(&err, "--option", &why);
	assert_string_equal(err.text, "--option: no hint");
	assert_int_equal(err.hint, 0);
}

static void test_codes(void **state)
{
	struct error err = { 0 };

	(void)state;
	for (int i = 0; i < NR_ERROR_CODES; i++) {
		const char *name = error_code_name((enum error_code)i);

		assert_non_null(name);
		assert_int_equal(name[strspn(name, "abcdefghijklmnopqrstuvwxyz-")], '\0');
		for (int j = 0; j < i; j++)
			assert_string_not_equal(name, error_code_name((enum error_code)j));
	}
	for (int errnum = 0; errnum < 200; errnum++)
		assert_in_range(error_code_of(-errnum), ERROR_OTHER, NR_ERROR_CODES - 1);
	assert_int_equal(error_code_of(-EDQUOT), ERROR_NO_SPACE);
	error_classify(&err, -EIO);
	assert_int_equal(err.code, ERROR_NONE);
	error_set(&err, "text");
	error_classify(&err, -EIO);
	assert_int_equal(err.code, ERROR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hint),
		cmocka_unit_test(test_newline_in_argument),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_first_stays),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_codes),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
