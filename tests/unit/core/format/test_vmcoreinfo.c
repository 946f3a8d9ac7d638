// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_vmcoreinfo.c - find values in VMCOREINFO text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/format/vmcoreinfo.h"

/*
 * The text ends at the end of its allocation, so that the sanitizer detects a
 * read beyond it.
 */
static struct vmcoreinfo text_of(const char *text)
{
	size_t size = strlen(text);
	char *copy = malloc(size + !size);

	assert_non_null(copy);
	memcpy(copy, text, size);
	return (struct vmcoreinfo){ copy, size };
}

static void free_text(struct vmcoreinfo *vi)
{
	free((void *)vi->text);
}

/* The value of @key, which the caller frees, or NULL. */
static char *find(const char *text, const char *key)
{
	struct vmcoreinfo vi = text_of(text);
	size_t len;
	const char *at = vmcoreinfo_find(&vi, key, &len);
	char *value = at ? strndup(at, len) : NULL;

	free_text(&vi);
	return value;
}

static void check_find(const char *text, const char *key, const char *expect)
{
	char *value = find(text, key);

	if (!expect)
		assert_null(value);
	else
		assert_string_equal(value, expect);
	free(value);
}

static void test_find(void **state)
{
	(void)state;
	check_find("A=1\nAB=22\nOSRELEASE=6.1.0-x\n", "OSRELEASE", "6.1.0-x");
	check_find("A=1\nAB=22\n", "A", "1");
	check_find("A=1\nAB=22\n", "AB", "22");
	check_find("A=1\nAB=22", "AB", "22");
	check_find("A=1\nAB=22\n", "B", NULL);
	check_find("ABC=1\n", "AB", NULL);
	check_find("A=1\nA=2\n", "A", "1");
	check_find("A=\nB=2\n", "A", "");
	check_find("A=", "A", "");
	check_find("A=B=C\n", "A", "B=C");
	check_find("\n\nA=1\n\n", "A", "1");
	check_find("", "A", NULL);
	check_find("\n", "A", NULL);
	check_find("A", "A", NULL);
	check_find("A\nB=1", "A", NULL);
	check_find("A\n=1", "A", NULL);
	check_find("x A=1\n", "A", NULL);
	check_find("SYMBOL(_stext)=ff\n", "SYMBOL(_stext)", "ff");
	check_find("SYMBOL(_stext)=ff\n", "SYMBOL(_stex)", NULL);
}

/* Wherever the text is cut, a value is the part of it that is left. */
static void test_cut(void **state)
{
	static const char text[] = "A=1\nAB=23";

	(void)state;
	for (size_t size = 0; size < sizeof(text); size++) {
		char *cut = strndup(text, size);

		check_find(cut, "A", size < 2 ? NULL : size < 3 ? "" : "1");
		check_find(cut, "AB", size < 7 ? NULL : size < 8 ? "" : size < 9 ? "2" : "23");
		free(cut);
	}
}

static void check_number(bool hex, const char *value, bool valid, u64 expect)
{
	char text[80];
	struct vmcoreinfo vi;
	u64 v = 0;
	bool ret;

	strcpy(text, "B=7\nA=");
	strcat(text, value);
	strcat(text, "\nC=9\n");
	vi = text_of(text);
	ret = (hex ? vmcoreinfo_hex : vmcoreinfo_num)(&vi, "A", &v);
	if (ret != valid || (valid && v != expect))
		fail_msg("\"%s\": %d %llx", value, ret, (unsigned long long)v);
	free_text(&vi);
}

static void test_decimal(void **state)
{
	static const char *const bad[] = {
		"", "-", "+", "--1", "1x", "x", "1 ", "1-", "0x10", "ff", "1.5", "1=", "/", ":",
		"18446744073709551616", "18446744073709551620", "99999999999999999999",
		"100000000000000000000", "-18446744073709551616",
	};

	(void)state;
	check_number(false, "0", true, 0);
	check_number(false, "7", true, 7);
	check_number(false, "0012", true, 12);
	check_number(false, "4096", true, 4096);
	check_number(false, "1234567890", true, 1234567890);
	check_number(false, "18446744073709551615", true, UINT64_MAX);
	check_number(false, "-5", true, (u64)-5);
	check_number(false, "-0", true, 0);
	check_number(false, "-9223372036854775808", true, 1ULL << 63);
	check_number(false, "-18446744073709551615", true, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		check_number(false, bad[i], false, 0);
}

static void test_hex(void **state)
{
	static const char *const bad[] = {
		"", "-", "0x", "x", "0xg", "g", "@", "`", "G", "1h", "1 ", "00x1", "0x0x1",
		"10000000000000000", "0x10000000000000000",
	};

	(void)state;
	check_number(true, "0", true, 0);
	check_number(true, "ff00", true, 0xff00);
	check_number(true, "FF00", true, 0xff00);
	check_number(true, "0123456789abcdef", true, 0x123456789abcdefULL);
	check_number(true, "ABCDEF", true, 0xabcdef);
	check_number(true, "ffffffff81000000", true, 0xffffffff81000000ULL);
	check_number(true, "ffffffffffffffff", true, UINT64_MAX);
	check_number(true, "0x10", true, 16);
	check_number(true, "0X1f", true, 31);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		check_number(true, bad[i], false, 0);
}

static void test_missing(void **state)
{
	struct vmcoreinfo vi = { "A=1\n", 4 };
	u64 v;

	(void)state;
	assert_false(vmcoreinfo_num(&vi, "B", &v));
	assert_false(vmcoreinfo_hex(&vi, "B", &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_decimal),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests_name("vmcoreinfo", tests, NULL, NULL);
}
