// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_zero.c - the test for zeros, at every length, offset and place.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "port/zero.h"

#define LEN_MAX		200
#define OFFSET_MAX	15
#define PAGE		4096U

/* Bytes around the @len at @at are not zero, and none of them may matter. */
static void check_at(u8 *mem, size_t size, u8 *at, size_t len)
{
	memset(mem, 0xff, size);
	memset(at, 0, len);
	assert_true(ld_is_zero(at, len));
	for (size_t i = 0; i < len; i++) {
		at[i] = 1U << i % 8;
		if (ld_is_zero(at, len))
			fail_msg("byte %zu of %zu is not seen", i, len);
		at[i] = 0;
	}
	assert_true(ld_is_zero(at, len));
}

static void test_surrounded(void **state)
{
	static _Alignas(64) u8 mem[64 + LEN_MAX + 64];

	(void)state;
	for (size_t len = 0; len <= LEN_MAX; len++)
		for (size_t off = 0; off <= OFFSET_MAX; off++)
			check_at(mem, sizeof(mem), mem + 16 + off, len);
}

/* The buffer ends where the allocation does: the sanitizer sees a byte too many. */
static void test_bounds(void **state)
{
	(void)state;
	for (size_t len = 0; len <= LEN_MAX; len++) {
		for (size_t off = 0; off <= OFFSET_MAX; off++) {
			u8 *mem = malloc(off + len + !(off + len));

			assert_non_null(mem);
			memset(mem, 0, off + len);
			assert_true(ld_is_zero(mem + off, len));
			free(mem);
		}
	}
	assert_true(ld_is_zero(NULL, 0));
}

static void test_page(void **state)
{
	static _Alignas(PAGE) u8 page[PAGE];

	(void)state;
	check_at(page, sizeof(page), page, sizeof(page));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_surrounded),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests_name("zero", tests, NULL, NULL);
}
