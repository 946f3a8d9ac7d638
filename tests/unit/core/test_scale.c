// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_scale.c - products of more than 64 bits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "core/scale.h"

static void test_scale(void **state)
{
	(void)state;
	assert_int_equal(ld_scale(0, 5, 7), 0);
	assert_int_equal(ld_scale(10, 10, 3), 33);
	assert_int_equal(ld_scale(1ULL << 63, 2, 4), 1ULL << 62);
	assert_int_equal(ld_scale(~0ULL, ~0ULL, ~0ULL), ~0ULL);
	assert_int_equal(ld_scale(~0ULL, ~0ULL - 1, ~0ULL), ~0ULL - 1);
	/* It does not fit. */
	assert_int_equal(ld_scale(~0ULL, 2, 1), LD_SCALE_MAX);
	assert_int_equal(ld_scale(1ULL << 32, 1ULL << 32, 1), LD_SCALE_MAX);
	/* A sample of 2 workers took 3 s; 64 TB are 2^34 page frames: 73 days. */
	assert_int_equal(ld_scale(3000000000ULL, 1ULL << 34, 8192), 6291456000000000ULL);
	assert_true(3000000000ULL * (1ULL << 34) / 8192 != 6291456000000000ULL);
	for (unsigned int i = 0; i < 100000; i++) {
		u64 a = (u64)random() << (random() % 34), b = (u64)random() << (random() % 34);
		u64 d = ((u64)random() << (random() % 34)) + 1;
		unsigned __int128 want = (unsigned __int128)a * b / d;

		assert_true(ld_scale(a, b, d) == (want >> 64 ? LD_SCALE_MAX : (u64)want));
	}
}

static void test_add(void **state)
{
	(void)state;
	assert_int_equal(ld_add(1, 2), 3);
	assert_int_equal(ld_add(LD_SCALE_MAX, 0), LD_SCALE_MAX);
	assert_int_equal(ld_add(LD_SCALE_MAX, 1), LD_SCALE_MAX);
	assert_int_equal(ld_add(1ULL << 63, 1ULL << 63), LD_SCALE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_add),
	};

	return cmocka_run_group_tests_name("scale", tests, NULL, NULL);
}
