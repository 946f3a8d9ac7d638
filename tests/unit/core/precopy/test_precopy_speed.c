// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_precopy_speed.c - the median of times of copying.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/precopy/precopy_speed.h"

struct worker {
	u64 other;
	struct ld_speed speed;
};

static struct worker workers[3];

static u64 median(unsigned int nr, u64 least)
{
	return ld_speed_median(&workers[0].speed, nr, sizeof(workers[0]), least, 12345);
}

static int forget(void **state)
{
	(void)state;
	memset(workers, 0, sizeof(workers));
	return 0;
}

/* Too little is known. */
static void test_unknown(void **state)
{
	(void)state;
	assert_int_equal(median(3, 0), 12345);
	ld_speed_add(&workers[0].speed, 0, 1000);
	assert_int_equal(median(3, 0), 12345);
	ld_speed_add(&workers[0].speed, 63, 63000);
	assert_int_equal(median(3, 64), 12345);
	ld_speed_add(&workers[2].speed, 1, 1000);
	assert_int_equal(median(2, 64), 12345);
	assert_int_equal(median(3, 64), 1000 * SPEED_UNIT);
}

/* Times that are all the same come out exactly, however short or long they are. */
static void test_exact(void **state)
{
	static const u64 ns[] = { 0, 1, 3, 7, 8, 900, 123456, 77777777777ULL, 1ULL << 50 };

	for (unsigned int i = 0; i < sizeof(ns) / sizeof(ns[0]); i++) {
		forget(state);
		for (unsigned int nr = 1; nr < 5; nr++)
			ld_speed_add(&workers[nr % 3].speed, nr, ns[i] * nr);
		assert_int_equal(median(3, 1), ns[i] * SPEED_UNIT);
	}
	/* Less than 1 ns. */
	forget(state);
	ld_speed_add(&workers[0].speed, 512, 256);
	assert_int_equal(median(3, 1), SPEED_UNIT / 2);
}

/* Interruptions do not count, and neither do a few that were quick. */
static void test_median(void **state)
{
	u64 got;

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		u64 ns = i < 40 ? 10000000 : i < 90 ? 5000 + i : 100;

		ld_speed_add(&workers[i % 2].speed, 10, ns);
	}
	got = median(2, 64);
	assert_in_range(got, 500 * SPEED_UNIT, 510 * SPEED_UNIT);
}

/* Each size has a class, and they are in order. */
static void test_class(void **state)
{
	unsigned int before = 0;

	(void)state;
	for (u64 frames = 0; frames <= 512; frames++) {
		unsigned int class = ld_speed_class(frames);

		assert_true(class >= before && class < SPEED_COPY);
		before = class;
	}
	assert_int_equal(before, SPEED_COPY - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_unknown, forget),
		cmocka_unit_test_setup(test_exact, forget),
		cmocka_unit_test_setup(test_median, forget),
		cmocka_unit_test_setup(test_class, forget),
	};

	return cmocka_run_group_tests_name("precopy_speed", tests, NULL, NULL);
}
