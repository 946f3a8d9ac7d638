// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_list.c - test the list of dumps: whatever their info files hold, what is
 * printed is lines of printable text, and JSON.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "savecore/commands/list.h"
#include "tests/unit/directory.h"

/* List the directory, as @path, in both ways. The caller frees the text and the JSON. */
static void list_as(char **text, char **json, const char *path)
{
	struct dump_list dumps;
	struct trust trust;
	size_t len;
	FILE *f = open_memstream(text, &len);

	assert_non_null(f);
	assert_int_equal(trust_read(&trust, dir), 0);
	assert_int_equal(dumps_read(&dumps, dir, &trust), 0);
	list_print(&dumps, dir, &trust, f);
	assert_int_equal(fclose(f), 0);
	*json = json_text(list_json(&dumps, dir, &trust, path));
	assert_non_null(*json);
	dumps_free(&dumps);
}

static void list(char **text, char **json)
{
	list_as(text, json, "\033[31m\xc2\x9b");
}

static void expect_printable(const char *text)
{
	for (; *text; text++)
		if (*text != '\n' && (*text < ' ' || *text > '~'))
			fail_msg("byte %#x", (unsigned char)*text);
}

static void expect_listed(const char *what)
{
	char *text, *json;
	json_t *parsed;

	list(&text, &json);
	expect_printable(text);
	expect_printable(json);
	parsed = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	assert_int_equal(json_array_size(json_object_get(parsed, "dumps")), 1);
	json_decref(parsed);
	if (!strstr(text, what))
		fail_msg("no '%s' in:\n%s", what, text);
	free(text);
	free(json);
}

static void test_odd(void **state)
{
	static const char *const odd[][2] = {
		{ "", "no info file" },
		{ "Mode: live", "no info file" },
		{ "Mode: live\n", "no info file" },
		{ "Mode: live\nVerdict:", "no info file" },
		{ "Mode: live\nVerdict:\nVerdict: live\n", "no info file" },
		{ "Mode: live\nVerdict: \033[2J\n", "\\x1b[2J" },
		{ "Mode: live\nVerdict: \xc2\x9b\x9b\t\x7f\n", "\\xc2\\x9b\\x9b\\x09\\x7f" },
		{ "Mode: live\nVerdict: a\\x1bb\n", "a\\x1bb " },
		{ "Mode: live\nVerdict: one\nVerdict: two\n", "one " },
		{ "Mode: live\nVerdict: live\nDump Length: 18446744073709551616\n", "not what" },
	};

	(void)state;
	make_file("livecore.0", "dump");
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		make_file("info.0", odd[i][0]);
		expect_listed(odd[i][1]);
	}
}

/* Longer than what is read of a file, and than a value can be. */
static void test_long(void **state)
{
	static char text[3 * DUMPS_INFO_MAX];

	(void)state;
	make_file("livecore.0", "dump");
	memset(text, '\033', sizeof(text));
	memcpy(text, "Mode: live\nVerdict: ", 20);
	make_bytes("info.0", text, sizeof(text));
	expect_listed("\\x1b\\x1b");
	memset(text, '\n', sizeof(text));
	memcpy(text, "Mode: live\n", 11);
	make_bytes("info.0", text, sizeof(text));
	expect_listed("no info file");
}

/* A path may be as long as the kernel takes it. */
static void test_long_path(void **state)
{
	char path[PATH_MAX], *text, *json;

	(void)state;
	make_file("livecore.0", "dump");
	memset(path, 'd', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	list_as(&text, &json, path);
	assert_non_null(strstr(json, "ddd/livecore.0\""));
	free(text);
	free(json);
}

static void test_random(void **state)
{
	static const char *const keys[] = {
		"Mode: live\n", "Verdict: ", "Hostname: ", "Cut Short by: ", "Cause: ", "\n", "\\x",
	};
	char text[4096];

	(void)state;
	srand(1);
	make_file("livecore.0", "dump");
	for (int i = 0; i < 2000; i++) {
		size_t len = (size_t)snprintf(text, sizeof(text), "%s", keys[0]);
		int parts = rand() % 20;

		for (int k = 0; k < parts; k++) {
			size_t random = (size_t)rand() % 100;

			len += (size_t)snprintf(text + len, 32, "%s", keys[rand() % 7]);
			while (random--)
				text[len++] = (char)rand();
		}
		make_bytes("info.0", text, len);
		expect_listed("\n0      ");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_odd, directory_setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_long, directory_setup, directory_teardown),
		cmocka_unit_test_setup_teardown(test_long_path, directory_setup,
						directory_teardown),
		cmocka_unit_test_setup_teardown(test_random, directory_setup, directory_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
