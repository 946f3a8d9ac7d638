// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_limits.c - when a dump is cancelled for its time, or for the pressure
 * that others are under.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "savecore/limits/limits.h"

#define S	1000000000ULL
#define TICK	(S / 5)

static char path[] = "/tmp/test_limits.XXXXXX";

static void tell(double avg10, u64 stalled_us)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fprintf(f, "some avg10=%.2f avg60=0.00 avg300=0.00 total=%llu\n", avg10,
		(unsigned long long)stalled_us);
	fprintf(f, "full avg10=99.00 avg60=0.00 avg300=0.00 total=1\n");
	fclose(f);
}

static struct limits limits(unsigned int max_time, unsigned int max_pressure)
{
	struct limits l = LIMITS_INIT;
	struct error err = { 0 };

	l.max_time = max_time;
	l.max_pressure = max_pressure;
	assert_int_equal(limits_open(&l, path, &err), 0);
	return l;
}

static void test_time(void **state)
{
	struct limits l = limits(3, 0);
	u64 start;

	(void)state;
	assert_int_equal(limits_tick(&l, 100 * S), 0);
	limits_begin(&l);
	start = (u64)port_atomic64_read(&l.start_ns);
	assert_int_equal(limits_tick(&l, start - 1), 0);
	assert_int_equal(limits_tick(&l, start + 3 * S), 0);
	assert_int_equal(limits_tick(&l, start + 3 * S + 1), LD_CAUSE_TIME);
	limits_close(&l);
}

static void test_time_not_dumping(void **state)
{
	struct limits l = limits(3, 0);

	(void)state;
	limits_begin(&l);
	limits_end(&l);
	assert_int_equal(limits_tick(&l, UINT64_MAX / 2), 0);
	limits_close(&l);
}

/* Ticks at @percent of pressure until the dump is cancelled, at most @most. */
static unsigned int ticks(struct limits *l, unsigned int percent, u64 *now, u64 *us,
			  unsigned int most)
{
	for (unsigned int i = 1; i <= most; i++) {
		*now += TICK;
		*us += TICK / 1000 * percent / 100;
		tell(0, *us);
		switch (limits_tick(l, *now)) {
		case LD_CAUSE_NONE:
			break;
		case LD_CAUSE_PRESSURE:
			return i;
		default:
			fail();
		}
	}
	return 0;
}

static void test_pressure(void **state)
{
	u64 now = 100 * S, us = 123456;
	struct limits l;

	(void)state;
	tell(0, us);
	l = limits(0, 20);
	limits_begin(&l);
	/* For long, and as much as is allowed. */
	assert_int_equal(ticks(&l, 20, &now, &us, 100), 0);
	assert_int_equal(port_atomic64_read(&l.pressure), 20);
	/* Two seconds at 30 %, but not one moment of 100 %. */
	assert_int_equal(ticks(&l, 0, &now, &us, 10), 0);
	assert_int_equal(ticks(&l, 100, &now, &us, 2), 0);
	assert_int_equal(ticks(&l, 0, &now, &us, 20), 0);
	assert_true(ticks(&l, 30, &now, &us, 20) >= 7);
	assert_true(port_atomic64_read(&l.pressure) > 20);
	limits_close(&l);

	/* What was before the dump does not count, and a second is the least. */
	l = limits(0, 20);
	limits_begin(&l);
	assert_int_equal(ticks(&l, 100, &now, &us, 10), 6);
	assert_int_equal(port_atomic64_read(&l.pressure), 100);
	limits_close(&l);
}

static void test_pressure_before(void **state)
{
	struct limits l = { .max_pressure = 20, .pressure_fd = -1 };
	struct error err = { 0 };

	(void)state;
	tell(20.01, 5);
	assert_int_equal(limits_open(&l, path, &err), -EBUSY);
	assert_non_null(strstr(err.text, "is 20 % already, more than the 20 %"));
	limits_close(&l);
	tell(20, 5);
	l = limits(0, 20);
	limits_close(&l);
}

static void test_no_figures(void **state)
{
	struct limits l = { .max_pressure = 20, .pressure_fd = -1 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(limits_open(&l, "/tmp/not/there", &err), -ENOENT);
	assert_non_null(strstr(err.text, "psi=1"));
	memset(&err, 0, sizeof(err));
	assert_int_equal(limits_open(&l, "/dev/null", &err), -EPROTO);
	assert_non_null(strstr(err.text, "leave out --max-pressure"));
	limits_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_time_not_dumping),
		cmocka_unit_test(test_pressure),
		cmocka_unit_test(test_pressure_before),
		cmocka_unit_test(test_no_figures),
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests_name("limits", tests, NULL, NULL);
	unlink(path);
	return failed;
}
