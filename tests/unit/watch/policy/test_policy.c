// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_policy.c - one cause, one dump: also when clocks jump and machines boot.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "watch/policy/policy.h"
#include "watch/policy/state.h"
#include "watch/policy/symptom.h"

#define MINUTE	60000LL
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)

static const struct config_limits limits = {
	.interval_ms = DAY,
	.backoff_ms = 10 * MINUTE,
	.backoff_max_ms = DAY,
	.per_day = 4,
	.per_boot = 10,
};

/* What the daemon does with a trigger, whose dump is good, and is written at once. */
static enum policy_verdict trigger_of(struct policy *p, s64 boot, unsigned int priority,
				      u64 symptom)
{
	const struct policy_clock now = { .boot = boot };
	enum policy_verdict verdict = policy_judge(p, &limits, boot, priority, symptom);

	if (verdict) {
		policy_refuse(p, symptom, verdict);
	} else {
		policy_begin(p, now, priority);
		policy_done(p, now, symptom);
		policy_written(p, symptom);
	}
	return verdict;
}

static enum policy_verdict trigger(struct policy *p, s64 boot, u64 symptom)
{
	return trigger_of(p, boot, 50, symptom);
}

static void store(char *text, const struct policy *p, s64 boot, s64 real, const char *id)
{
	state_write(text, p, (struct policy_clock){ boot, real }, id);
}

static bool load(struct policy *p, const char *text, s64 boot, s64 real, const char *id)
{
	return state_read(p, text, (struct policy_clock){ boot, real }, id);
}

static void strips(const char *message, const char *expected)
{
	char text[SYMPTOM_TEXT_MAX];

	symptom_strip(text, message);
	assert_string_equal(text, expected);
}

static void test_symptom(void **state)
{
	char longer[1000];

	(void)state;
	strips("INFO: task sh:150 blocked for more than 122 seconds.",
	       "INFO: task sh:# blocked for more than # seconds.");
	strips("task jbd2/sda12-8:9", "task jbd#/sda#-#:#");
	strips("RIP: 0010:foo+0x1a/0x30 ff41d4d2807a3c38", "RIP: #:foo+#/# #");
	strips("dead beef deadbeef d1", "dead beef deadbeef d#");
	strips("", "");
	assert_true(symptom_of("a", "pid 1", "f") == symptom_of("a", "pid 22", "f"));
	assert_true(symptom_of("a", "pid 1", "f") != symptom_of("b", "pid 1", "f"));
	assert_true(symptom_of("a", "pid 1", "f") != symptom_of("a", "pid 1", "g"));
	assert_true(symptom_of("ab", "c", "") != symptom_of("a", "bc", ""));
	/* The state file has such numbers: they must not change. */
	assert_true(symptom_of("hung-task", "x 1", "f") == 0x1ac07ca3752c84baULL);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_true(symptom_of("a", longer, "") != 0);
}

static void test_same_symptom(void **state)
{
	struct policy p = { 0 };

	(void)state;
	assert_int_equal(trigger(&p, 0, 1), POLICY_DUMP);
	assert_int_equal(trigger(&p, HOUR, 1), POLICY_SYMPTOM);
	assert_int_equal(trigger(&p, DAY - 1, 1), POLICY_SYMPTOM);
	assert_int_equal(policy_find(&p, 1)->suppressed, 2);
	assert_int_equal(trigger(&p, DAY, 1), POLICY_DUMP);
	assert_int_equal(policy_find(&p, 1)->dumps, 2);
	assert_int_equal(policy_find(&p, 1)->suppressed, 0);
}

/* A hundred tasks, each a symptom of its own, hang within a second. */
static void test_storm(void **state)
{
	unsigned int dumps = 0;
	struct policy p = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 100; i++)
		dumps += !trigger(&p, 1000 + 10 * i, 100 + i);
	assert_int_equal(dumps, 1);
	assert_int_equal(p.suppressed[POLICY_BACKOFF], 99);
}

static void test_backoff_doubles(void **state)
{
	struct policy p = { 0 };

	(void)state;
	assert_int_equal(trigger(&p, 0, 1), POLICY_DUMP);
	assert_int_equal(trigger(&p, 10 * MINUTE - 1, 2), POLICY_BACKOFF);
	assert_int_equal(trigger(&p, 10 * MINUTE, 2), POLICY_DUMP);
	assert_int_equal(trigger(&p, 30 * MINUTE - 1, 3), POLICY_BACKOFF);
	assert_int_equal(trigger(&p, 30 * MINUTE, 3), POLICY_DUMP);
	assert_int_equal(trigger(&p, 70 * MINUTE, 4), POLICY_DUMP);
	assert_int_equal(trigger(&p, 12 * HOUR, 5), POLICY_DAY);
	/* The first of the four is a day ago. */
	assert_int_equal(trigger(&p, DAY, 5), POLICY_DUMP);
	assert_int_equal(trigger(&p, DAY + 160 * MINUTE - 1, 6), POLICY_BACKOFF);
	assert_int_equal(policy_judge(&p, &limits, DAY + 160 * MINUTE, 50, 6), POLICY_DUMP);
	/* After a quiet day it begins anew. */
	assert_int_equal(trigger(&p, 3 * DAY, 6), POLICY_DUMP);
	assert_int_equal(trigger(&p, 3 * DAY + 10 * MINUTE - 1, 7), POLICY_BACKOFF);
	assert_int_equal(trigger(&p, 3 * DAY + 10 * MINUTE, 7), POLICY_DUMP);
}

/* A back-off from before the administrator set max-backoff is not longer than that. */
static void test_backoff_lowered(void **state)
{
	struct config_limits lower = limits;
	struct policy p = { 0 };

	(void)state;
	lower.backoff_max_ms = 10 * MINUTE;
	for (unsigned int i = 0; i < 3; i++)
		policy_begin(&p, (struct policy_clock){ .boot = i * HOUR }, 50);
	assert_int_equal(policy_judge(&p, &limits, 2 * HOUR + 10 * MINUTE, 50, 1), POLICY_BACKOFF);
	assert_int_equal(policy_judge(&p, &lower, 2 * HOUR + 10 * MINUTE, 50, 1), POLICY_DUMP);
}

/* Warnings come first, and then what they warned of. */
static void test_priority(void **state)
{
	static char text[STATE_MAX];
	struct policy p = { 0 }, q;

	(void)state;
	assert_int_equal(trigger_of(&p, 0, 20, 1), POLICY_DUMP);
	assert_int_equal(trigger_of(&p, MINUTE / 2, 20, 2), POLICY_BACKOFF);
	assert_int_equal(trigger_of(&p, MINUTE / 2, 70, 3), POLICY_DUMP);
	assert_int_equal(trigger_of(&p, MINUTE, 70, 4), POLICY_BACKOFF);
	assert_int_equal(trigger_of(&p, MINUTE, 71, 5), POLICY_DUMP);
	/* Its back-off was doubled by no other than the one of 71. */
	assert_int_equal(trigger_of(&p, 21 * MINUTE - 1, 70, 6), POLICY_BACKOFF);
	assert_int_equal(trigger_of(&p, 21 * MINUTE, 70, 6), POLICY_DUMP);
	/* Four in this day, of which one is a warning. */
	assert_int_equal(trigger_of(&p, 10 * HOUR, 20, 7), POLICY_DAY);
	assert_int_equal(policy_judge(&p, &limits, 10 * HOUR, 70, 7), POLICY_DUMP);
	/* All of that survives a restart. */
	store(text, &p, 10 * HOUR, 0, "this");
	assert_true(load(&q, text, 10 * HOUR, 0, "this"));
	assert_int_equal(policy_judge(&q, &limits, 10 * HOUR, 20, 7), POLICY_DAY);
	assert_int_equal(policy_judge(&q, &limits, 10 * HOUR, 70, 7), POLICY_DUMP);
	assert_int_equal(policy_boot_dumps(&q, 0), 4);
	assert_int_equal(policy_boot_dumps(&q, 21), 3);
	assert_int_equal(policy_boot_dumps(&q, 71), 1);
	/* Older daemons wrote no priorities: each dump counts for all. */
	assert_true(load(&q, "livedump-watch state 1\nboot x\nclock 1 1\ndumps 3\nbackoff 600000\n"
			 "day 0\n", 7, 7, "x"));
	assert_int_equal(policy_boot_dumps(&q, 99), 3);
	assert_int_equal(policy_judge(&q, &limits, 10 * MINUTE - 1, 99, 1), POLICY_BACKOFF);
	assert_int_equal(policy_judge(&q, &limits, 10 * MINUTE, 99, 1), POLICY_DUMP);
}

static void test_per_boot(void **state)
{
	struct policy p = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(trigger(&p, i * 2 * DAY, i + 1), POLICY_DUMP);
	assert_int_equal(policy_boot_limited(&p, &limits), 50);
	assert_int_equal(trigger(&p, 30 * DAY, 99), POLICY_BOOT);
	assert_int_equal(trigger_of(&p, 30 * DAY, 51, 99), POLICY_DUMP);
}

/* However many priorities there are. */
static void test_total(void **state)
{
	struct policy p = { 0 };
	unsigned int dumps = 0;

	(void)state;
	for (unsigned int i = 0; i < 99; i++)
		dumps += !trigger_of(&p, i * MINUTE, i + 1, i + 1);
	assert_int_equal(dumps, 16);
	assert_int_equal(trigger_of(&p, 2 * DAY, 99, 1000), POLICY_DUMP);
	p = (struct policy){ 0 };
	for (unsigned int i = 0; i < 99; i++)
		dumps += !trigger_of(&p, i * 2 * DAY, i + 1, i + 1);
	assert_int_equal(dumps, 16 + 40);
}

/* A dump that is not kept, as it shows a hang that has one, delays the next one only. */
static void test_left(void **state)
{
	const struct policy_clock then = { .boot = 2 * DAY };
	static char text[STATE_MAX];
	struct policy p = { 0 }, q;

	(void)state;
	for (unsigned int i = 0; i < 20; i++) {
		policy_begin(&p, (struct policy_clock){ .boot = i }, 50);
		policy_leave(&p);
		policy_leave(&p);
	}
	assert_int_equal(policy_boot_dumps(&p, 0), 0);
	assert_int_equal(policy_judge(&p, &limits, 20, 50, 1), POLICY_BACKOFF);
	assert_int_equal(policy_judge(&p, &limits, 2 * DAY, 50, 1), POLICY_DUMP);
	policy_begin(&p, then, 50);
	policy_leave(&p);
	store(text, &p, 2 * DAY, 0, "a");
	assert_true(load(&q, text, 2 * DAY, 0, "a"));
	for (unsigned int i = 0; i < q.days; i++)
		assert_true(q.day[i].left);
	assert_int_equal(policy_boot_dumps(&q, 0), 0);
}

/* What hangs as in a dump before has that dump, also over a restart, and loses it with it. */
static void test_other(void **state)
{
	const struct policy_clock now = { .boot = DAY };
	static char text[STATE_MAX];
	struct policy p = { 0 }, q;

	(void)state;
	policy_done(&p, now, 5);
	policy_done_by(&p, now, 6, 5);
	policy_written(&p, 5);
	assert_true(policy_find(&p, 6)->safe);
	policy_done_by(&p, now, 7, 5);
	assert_true(policy_find(&p, 7)->safe);
	policy_done(&p, now, 8);
	policy_done_by(&p, now, 9, 8);
	store(text, &p, DAY, 0, "a");
	assert_true(load(&q, text, DAY, 0, "a"));
	assert_int_equal(policy_find(&q, 9)->other, 8);
	assert_false(policy_find(&q, 9)->safe);
	policy_forget(&q, 8);
	assert_null(policy_find(&q, 9));
	assert_non_null(policy_find(&q, 7));
}

static bool is_seven(const void *arg, u64 symptom)
{
	(void)arg;
	return symptom == 7;
}

/* What was held when the service was stopped is gone, but not what is at a target. */
static void test_forget_lost(void **state)
{
	const struct policy_clock now = { .boot = DAY };
	struct policy p = { 0 };

	(void)state;
	for (u64 symptom = 6; symptom < 9; symptom++)
		policy_done(&p, now, symptom);
	policy_written(&p, 8);
	policy_forget_lost(&p, is_seven, NULL);
	assert_null(policy_find(&p, 6));
	assert_non_null(policy_find(&p, 7));
	assert_non_null(policy_find(&p, 8));
}

/* A trigger a minute for a day, each time another symptom. */
static void test_day(void **state)
{
	unsigned int dumps = 0;
	struct policy p = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 24 * 60; i++)
		dumps += !trigger(&p, i * MINUTE, 1000 + i);
	assert_int_equal(dumps, 4);
}

static void test_signature(void **state)
{
	struct policy_clock now = { .boot = 5 };
	struct policy p = { 0 };

	(void)state;
	assert_false(policy_knows_signature(&p, &limits, now, "1-abc"));
	/* To ask is not to have a dump. */
	assert_false(policy_knows_signature(&p, &limits, now, "1-abc"));
	policy_done(&p, now, symptom_of_signature("1-abc"));
	assert_true(policy_knows_signature(&p, &limits, now, "1-abc"));
	assert_false(policy_knows_signature(&p, &limits, now, "1-abd"));
	now.boot += DAY;
	assert_false(policy_knows_signature(&p, &limits, now, "1-abc"));
}

/* The oldest entry makes room. */
static void test_many_symptoms(void **state)
{
	struct policy p = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 2 * POLICY_SYMPTOMS_MAX; i++)
		policy_done(&p, (struct policy_clock){ .boot = i }, i + 1);
	assert_null(policy_find(&p, 1));
	assert_non_null(policy_find(&p, 2 * POLICY_SYMPTOMS_MAX));
	assert_non_null(policy_find(&p, POLICY_SYMPTOMS_MAX + 1));
}

/* Not memcmp(), because the structures have bytes that no member has. */
static void same_symptoms(const struct policy *a, const struct policy *b)
{
	for (unsigned int i = 0; i < POLICY_SYMPTOMS_MAX; i++) {
		const struct policy_symptom *x = &a->symptom[i], *y = &b->symptom[i];

		assert_true(x->symptom == y->symptom && x->when == y->when);
		assert_true(x->dumps == y->dumps && x->suppressed == y->suppressed);
		assert_true(x->safe == y->safe);
	}
}

/* Dumps that were in memory only are lost with the machine, but not with the daemon. */
static void test_lost(void **state)
{
	const struct policy_clock then = { .boot = HOUR };
	static char text[STATE_MAX];
	struct policy p = { 0 }, q;

	(void)state;
	policy_done(&p, then, 17);
	policy_done(&p, then, 18);
	policy_written(&p, 18);
	policy_written(&p, 99);
	store(text, &p, 2 * HOUR, DAY, "before");
	assert_true(load(&q, text, 2 * HOUR, DAY, "before"));
	assert_int_equal(trigger(&q, 3 * HOUR, 17), POLICY_SYMPTOM);
	assert_false(policy_find(&q, 17)->safe);
	assert_true(load(&q, text, MINUTE, DAY + HOUR, "now"));
	assert_null(policy_find(&q, 17));
	assert_int_equal(trigger(&q, HOUR, 18), POLICY_SYMPTOM);
	assert_int_equal(trigger(&q, HOUR, 17), POLICY_DUMP);
	/* A newer dump is not safe because an older one was. */
	policy_done(&p, then, 18);
	assert_false(policy_find(&p, 18)->safe);
	policy_forget(&p, 18);
	policy_forget(&p, 99);
	assert_null(policy_find(&p, 18));
	/* Older daemons did not say. */
	assert_true(load(&q, "livedump-watch state 1\nboot x\nclock 1 1\nsymptom 11 0 1 0\n", 7, 7,
			 "now"));
	assert_true(policy_find(&q, 0x11)->safe);
}

static void test_restart(void **state)
{
	static char text[STATE_MAX];
	struct policy p = { 0 }, q;

	(void)state;
	trigger(&p, HOUR, 17);
	trigger(&p, HOUR, 18);
	store(text, &p, 2 * HOUR, 100 * DAY, "this");
	/* Whatever the wall clock says. */
	assert_true(load(&q, text, 3 * HOUR, 5, "this"));
	same_symptoms(&q, &p);
	assert_int_equal(q.days, 1);
	assert_int_equal(q.day[0].when, HOUR);
	assert_int_equal(policy_boot_dumps(&q, 0), 1);
	assert_int_equal(policy_judge(&q, &limits, HOUR + 10 * MINUTE - 1, 50, 1), POLICY_BACKOFF);
	assert_int_equal(policy_judge(&q, &limits, HOUR + 10 * MINUTE, 50, 1), POLICY_DUMP);
	assert_int_equal(trigger(&q, DAY, 17), POLICY_SYMPTOM);
}

static void test_reboot(void **state)
{
	static char text[STATE_MAX];
	struct policy p = { 0 }, q;

	(void)state;
	trigger(&p, HOUR, 17);
	store(text, &p, 2 * HOUR, 100 * DAY, "before");
	/* An hour after it was written, a minute after it booted: two hours ago. */
	assert_true(load(&q, text, MINUTE, 100 * DAY + HOUR, "now"));
	assert_int_equal(policy_find(&q, 17)->when, MINUTE - 2 * HOUR);
	assert_int_equal(policy_boot_dumps(&q, 0), 0);
	assert_int_equal(trigger(&q, 21 * HOUR, 17), POLICY_SYMPTOM);
	assert_int_equal(trigger(&q, 22 * HOUR + MINUTE, 17), POLICY_DUMP);
	/* The clock of the machine is wrong: before the text was written. */
	assert_true(load(&q, text, MINUTE, 0, "now"));
	assert_int_equal(policy_find(&q, 17)->when, MINUTE - HOUR);
	/* Far ahead: all is long ago. */
	assert_true(load(&q, text, MINUTE, 9999 * DAY, "now"));
	assert_int_equal(trigger(&q, MINUTE, 17), POLICY_DUMP);
}

static void test_damaged_state(void **state)
{
	static const char *const bad[] = {
		"", "something else\n", "livedump-watch state 2\n",
		"livedump-watch state 1\nboot x\nclock 1\n",
		"livedump-watch state 1\nsymptom zz\n",
	};
	static char text[STATE_MAX];
	struct policy p = { 0 }, q;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(load(&q, bad[i], 0, 0, "x"));
	/* A time that lies ahead would suppress for ever. */
	assert_true(load(&q, "livedump-watch state 1\nboot x\nclock 1 1\n"
			 "symptom 11 9223372036854775807 1 0\nday 9223372036854775807\n", 7, 7,
			 "x"));
	assert_int_equal(policy_find(&q, 0x11)->when, 7);
	assert_int_equal(q.day[0].when, 7);
	/* All that fits is there. */
	for (unsigned int i = 0; i < POLICY_SYMPTOMS_MAX; i++)
		policy_done(&p, (struct policy_clock){ .boot = -(s64)i }, UINT64_MAX - i);
	store(text, &p, 0, 0, "x");
	assert_true(load(&q, text, 0, 0, "x"));
	same_symptoms(&q, &p);
	/* Cut anywhere, it is read without harm. */
	for (size_t len = strlen(text); len; len -= len > 97 ? 97 : len) {
		text[len] = '\0';
		load(&q, text, 0, 0, "x");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_symptom),
		cmocka_unit_test(test_same_symptom),
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_backoff_doubles),
		cmocka_unit_test(test_backoff_lowered),
		cmocka_unit_test(test_priority),
		cmocka_unit_test(test_per_boot),
		cmocka_unit_test(test_total),
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_forget_lost),
		cmocka_unit_test(test_day),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_many_symptoms),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_reboot),
		cmocka_unit_test(test_damaged_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
