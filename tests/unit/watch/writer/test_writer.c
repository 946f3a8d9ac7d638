// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_writer.c - a process that writes cannot be started, and what one says.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
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

/* What savecore's options could do is no advice, where the rest of the message is. */
static void test_options(void **state)
{
	static const char *const texts[][2] = {
		{ "x: no room\nmake room, use another directory, or use -f",
		  "x: no room: make room, use another directory" },
		{ "x: not a number\nwrite it, or use -f to continue after the highest number",
		  "x: not a number: write it" },
		{ "no sandbox\nuse --no-sandbox to run without it", "no sandbox" },
		{ "x: I/O error\nread the kernel log, and use another device",
		  "x: I/O error: read the kernel log, and use another device" },
		{ "do not use -f", "do not use -f" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct error err = { 0 };

		error_set(&err, texts[i][0]);
		writer_drop_options(&err);
		assert_string_equal(err.text, texts[i][1]);
		assert_true(err.hint <= strlen(err.text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_no_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
