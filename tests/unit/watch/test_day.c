// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_day.c - a trigger a minute for two days, while someone sets the clock of the machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/watch/daemon_made_up.h"

#define MINUTE		60000LL
#define DAY_MINUTES	1440U
#define YEAR		(365LL * DAY_MINUTES * MINUTE)

static struct daemon d;
static s64 boot, real;			/* milliseconds */

/* Before the C library's. */
int clock_gettime(clockid_t id, struct timespec *ts)
{
	s64 ms = id == CLOCK_BOOTTIME ? boot : real;

	if (id != CLOCK_BOOTTIME && id != CLOCK_REALTIME)
		return (int)syscall(SYS_clock_gettime, id, ts);
	ts->tv_sec = ms / 1000;
	ts->tv_nsec = ms % 1000 * 1000000;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	boot = MINUTE;
	real = 50 * YEAR;
	return daemon_make_up(&d, 1 << 30);
}

static int teardown(void **state)
{
	(void)state;
	daemon_let_go(&d);
	return 0;
}

/* A process is armed. Returns its end of the socket. */
static int arm(void)
{
	int socks[2];

	armed_stop(&d.arm.armed);
	assert_int_equal(child_pair(socks), 0);
	d.arm.armed = (struct armed){ .sock = socks[0], .fd = hold_create(), .ready = true };
	return socks[1];
}

/* It takes its dump, which is written at once, and the next one is armed. */
static int finish(int sock)
{
	struct armed_answer a = { 0 };

	assert_int_equal(send(sock, &a, sizeof(a), 0), sizeof(a));
	dump_take_answer(&d);
	close(sock);
	for (unsigned int i = 0; i < HOLD_MAX; i++)
		if (d.hold.held[i].id)
			hold_remove(&d.hold.held[i]);
	return arm();
}

static void trigger(const char *message)
{
	struct trigger t = { .rule = rules_find(&d.config.rules, "warning") };

	trigger_set_message(&t, message);
	judge_on_trigger(&d, &t);
}

/* Letters: numbers in a message do not count. */
static void message_of(char *buf, size_t size, unsigned int i)
{
	snprintf(buf, size, "WARNING: in %c%c%c", 'a' + i / 676 % 26, 'a' + i / 26 % 26,
		 'a' + i % 26);
}

/* Run @minutes. Returns the number of dumps. @kinds: of causes, one after the other. */
static unsigned int run(unsigned int minutes, unsigned int kinds)
{
	unsigned int dumps = 0;
	int sock = arm();

	for (unsigned int i = 0; i < minutes; i++) {
		char message[32];

		boot += MINUTE;
		real += MINUTE;
		if (i % DAY_MINUTES == 400)
			real += YEAR;
		if (i % DAY_MINUTES == 800)
			real -= 2 * YEAR;
		message_of(message, sizeof(message), i % kinds);
		trigger(message);
		if (!d.arm.armed.busy)
			continue;
		dumps++;
		sock = finish(sock);
	}
	close(sock);
	return dumps;
}

static u64 suppressed(void)
{
	u64 nr = 0;

	for (unsigned int i = 0; i < POLICY_NR; i++)
		nr += d.policy.suppressed[i];
	return nr;
}

/* The same cause has one dump a day, and each that was not taken is counted. */
static void test_same(void **state)
{
	(void)state;
	assert_int_equal(run(DAY_MINUTES, 1), 1);
	assert_int_equal(d.policy.suppressed[POLICY_BACKOFF], 9);
	assert_int_equal(d.policy.suppressed[POLICY_SYMPTOM], DAY_MINUTES - 10);
	assert_int_equal(run(DAY_MINUTES, 1), 1);
	assert_int_equal(suppressed(), 2 * DAY_MINUTES - 2);
	assert_int_equal(rules_find(&d.config.rules, "warning")->seen, 2 * DAY_MINUTES);
}

/* Another cause each minute: after 10, 20 and 40 minutes more, and then per-day counts. */
static void test_others(void **state)
{
	static char text[STATE_MAX];
	struct policy again;
	size_t len;

	(void)state;
	assert_int_equal(d.config.limits.per_day, 4);
	assert_int_equal(run(72, DAY_MINUTES), 4);
	assert_int_equal(run(DAY_MINUTES - 72, DAY_MINUTES), 0);
	/* The back-off goes on to double: 160, 320 and 640 minutes after the next day's first. */
	assert_int_equal(run(162, DAY_MINUTES), 2);
	assert_int_equal(run(DAY_MINUTES - 162, DAY_MINUTES), 2);
	assert_int_equal(suppressed(), 2 * DAY_MINUTES - 8);
	/* What is remembered of it stays small, and survives. */
	len = state_write(text, &d.policy, policy_now(), d.boot);
	assert_true(len < STATE_MAX / 8);
	assert_true(state_read(&again, text, policy_now(), d.boot));
	assert_int_equal(again.days, 8);
	assert_memory_equal(again.day, d.policy.day, 8 * sizeof(*again.day));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
