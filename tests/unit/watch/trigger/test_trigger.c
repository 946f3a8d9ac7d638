// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_trigger.c - what the kernel says, taken apart; and tasks that wait, in a made-up
 * /proc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "watch/trigger/blocked.h"
#include "watch/trigger/kmsg.h"
#include "watch/trigger/trace.h"

static void finds(const char *message, const char *task, s32 pid)
{
	struct trigger t = { 0 };

	trigger_set_message(&t, message);
	trigger_find_task(&t);
	assert_string_equal(t.task, task);
	assert_int_equal(t.pid, pid);
}

static void test_task(void **state)
{
	(void)state;
	finds("INFO: task sh:999999998 blocked for more than 5 seconds.", "sh", 999999998);
	finds("INFO: task a: b:1:999999998 blocked for more than 5 seconds.", "a: b:1", 999999998);
	finds("watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [sh:999999998]", "sh", 999999998);
	finds("sched_process_hang: comm=a b pid=999999998", "a b", 999999998);
	finds("BUG: workqueue lockup - pool cpus=0 node=0", "", 0);
	finds("[x]", "", 0);
	finds("task  blocked ", "", 0);
	finds("comm= pid=", "", 0);
	finds("sched_process_hang: comm=a pid=1 pid=999999998", "a pid=1", 999999998);
	finds("", "", 0);
}

static void test_message(void **state)
{
	struct trigger t = { 0 };

	(void)state;
	trigger_set_message(&t, "a\x1b[1mb\nsecond");
	assert_string_equal(t.message, "a?[1mb");
}

static const char *kmsg(const char *text, unsigned int *level)
{
	static char record[128];

	strcpy(record, text);
	return kmsg_parse(record, level);
}

static void test_kmsg(void **state)
{
	unsigned int level;

	(void)state;
	assert_string_equal(kmsg("3,1234,5678,-;INFO: task\n SUBSYSTEM=x\n", &level), "INFO: task");
	assert_int_equal(level, 3);
	assert_string_equal(kmsg("0,1,2,-,caller=T1;a;b\n", &level), "a;b");
	/* A program has written it: facility 1. */
	assert_null(kmsg("11,1,2,-;INFO: task sh:1 blocked for more than", &level));
	assert_null(kmsg("", &level));
	assert_null(kmsg("3", &level));
	assert_null(kmsg("x,1,2;y", &level));
}

static void splits(const char *line, const char *event, const char *text)
{
	const char *found_event, *found_text;
	char copy[256];

	strcpy(copy, line);
	assert_true(trace_parse(copy, &found_event, &found_text));
	assert_string_equal(found_event, event);
	assert_string_equal(found_text, text);
}

static void test_trace(void **state)
{
	const char *event, *text;
	char nothing[] = "CPU:1 [LOST 17 EVENTS]";

	(void)state;
	splits("      khungtaskd-30      [001] ....1    99.123456: sched_process_hang: comm=sh pid=150",
	       "sched_process_hang", "comm=sh pid=150");
	splits("   a [b]: c: d-30      [000] d..1.    99.123456: rcu_stall_warning: rcu_preempt StallDetected",
	       "rcu_stall_warning", "rcu_preempt StallDetected");
	splits("   x [1]: y: z-30      [000] d..1.    99.123456: rcu_stall_warning: rcu_preempt StallDetected",
	       "rcu_stall_warning", "rcu_preempt StallDetected");
	splits("x [1]: yyyyyyyy-30      [000] d..1.    99.123456: rcu_stall_warning: rcu_preempt Self",
	       "rcu_stall_warning", "rcu_preempt Self");
	assert_false(trace_parse(nothing, &event, &text));
}

static char proc[64];

static void put_task(int pid, char how, unsigned int switches)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "mkdir -p %s/%d/task/%d", proc, pid, pid);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof(path), "%s/%d/task/%d/status", proc, pid, pid);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "Name:\tdd\nState:\t%c (x)\nvoluntary_ctxt_switches:\t%u\n"
		"nonvoluntary_ctxt_switches:\t1\n", how, switches);
	fclose(f);
}

static void count(void *arg, struct trigger *t)
{
	assert_string_equal(t->task, "dd");
	++*(unsigned int *)arg;
}

static void test_blocked(void **state)
{
	static struct rules rules;
	struct blocked b;
	struct error err = { 0 };
	unsigned int seen = 0;
	char command[128];
	s64 now = 0;

	(void)state;
	strcpy(proc, "/tmp/test_trigger.XXXXXX");
	assert_non_null(mkdtemp(proc));
	assert_int_equal(rules_init(&rules), 0);
	rules_find(&rules, "hung-task-count")->enabled = false;
	assert_int_equal(rule_parse(rules_find(&rules, "blocked-tasks"), "blocked-tasks 100s",
				    &err), 0);
	blocked_open(&b, &rules, proc, now);
	put_task(7, 'D', 5);
	put_task(8, 'D', 5);
	put_task(9, 'S', 5);
	for (unsigned int i = 0; i < 20; i++) {
		/* One that makes progress does not hang. */
		put_task(8, 'D', i);
		blocked_look(&b, &rules, now, count, &seen);
		assert_int_equal(seen, now >= 125000);
		now += 25000;
	}
	/* It is told of once, and again only after it has gone on. */
	put_task(7, 'S', 5);
	blocked_look(&b, &rules, now, count, &seen);
	put_task(7, 'D', 6);
	for (unsigned int i = 0; i < 8; i++)
		blocked_look(&b, &rules, now += 25000, count, &seen);
	assert_int_equal(seen, 3);
	blocked_close(&b);
	rules_free(&rules);
	snprintf(command, sizeof(command), "rm -rf %s", proc);
	assert_int_equal(system(command), 0);
}

static unsigned int priority_of(const char *rule, const char *uids)
{
	static struct rules rules;
	struct trigger t = { .pid = 7 };
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/7/status", proc);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "Name:\tdd\\nUid:\t5\nState:\tD (x)\nUid:\t%s\nGroups:\t", uids);
	for (int i = 0; i < 1000; i++)
		fprintf(f, "%d ", 100000 + i);
	fclose(f);
	assert_int_equal(rules_init(&rules), 0);
	t.rule = rules_find(&rules, rule);
	trigger_set_priority(&t, proc);
	rules_free(&rules);
	return t.priority;
}

/* A task that a user has started is one of the user, also if it runs as root. */
static void test_priority(void **state)
{
	char command[128];

	(void)state;
	strcpy(proc, "/tmp/test_trigger.XXXXXX");
	assert_non_null(mkdtemp(proc));
	snprintf(command, sizeof(command), "mkdir %s/7", proc);
	assert_int_equal(system(command), 0);
	assert_int_equal(priority_of("hung-task", "0\t0\t0\t0"), 60);
	assert_int_equal(priority_of("hung-task", "1000\t1000\t1000\t1000"), 50);
	assert_int_equal(priority_of("blocked-tasks", "1000\t0\t0\t0"), 50);
	assert_int_equal(priority_of("soft-lockup", "1000\t1000\t1000\t1000"), 55);
	snprintf(command, sizeof(command), "rm -rf %s", proc);
	assert_int_equal(system(command), 0);
	/* it has ended */
	{
		static struct rules rules;
		struct trigger t = { .pid = 7 };

		assert_int_equal(rules_init(&rules), 0);
		t.rule = rules_find(&rules, "hung-task");
		trigger_set_priority(&t, proc);
		assert_int_equal(t.priority, 60);
		rules_free(&rules);
	}
}

static void put_stat(int pid, const char *name, int parent)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "mkdir -p %s/%d", proc, pid);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof(path), "%s/%d/stat", proc, pid);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%d (%s) D %d 1 1 0\n", pid, name, parent);
	fclose(f);
	snprintf(path, sizeof(path), "%s/%d/comm", proc, pid);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%s\n", name);
	fclose(f);
}

static void put_exe(const char *task, const char *target)
{
	char path[160];

	snprintf(path, sizeof(path), "mkdir -p %s/%s", proc, task);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof(path), "%s/%s/exe", proc, task);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

static void test_own(void **state)
{
	struct trigger t = { .pid = 30 };
	char command[128];

	(void)state;
	strcpy(proc, "/tmp/test_trigger.XXXXXX");
	assert_non_null(mkdtemp(proc));
	put_stat(10, "livedump-watch", 1);
	put_stat(20, "sh) D 7 (x", 10);
	put_stat(30, "cat", 20);
	put_stat(40, "loop", 40);
	put_stat(50, "systemd", 1);
	put_stat(60, "livedump-watch", 50);
	assert_true(trigger_is_own(&t, proc, 10));
	/* One that was left by a daemon that has ended. */
	assert_true(trigger_is_own(&t, proc, 11));
	t.pid = 60;
	assert_false(trigger_is_own(&t, proc, 11));
	t.pid = 10;
	assert_true(trigger_is_own(&t, proc, 10));
	t.pid = 40;
	assert_false(trigger_is_own(&t, proc, 10));
	t.pid = 0;
	assert_false(trigger_is_own(&t, proc, 10));
	/* --write, which a shell has started, is of the same program, also after an upgrade. */
	put_exe("self", "/usr/sbin/livedump-watch");
	t.pid = 60;
	assert_false(trigger_is_own(&t, proc, 11));
	put_exe("60", "/usr/sbin/livedump-watcher");
	assert_false(trigger_is_own(&t, proc, 11));
	put_exe("60", "/usr/sbin/livedump-watch");
	assert_true(trigger_is_own(&t, proc, 11));
	put_exe("self", "/usr/sbin/livedump-watch (deleted)");
	assert_true(trigger_is_own(&t, proc, 11));
	put_exe("self", "/usr/sbin/livedump-watch");
	put_exe("60", "/usr/sbin/livedump-watch (deleted)");
	assert_true(trigger_is_own(&t, proc, 11));
	snprintf(command, sizeof(command), "rm -rf %s", proc);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_task),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_kmsg),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_blocked),
		cmocka_unit_test(test_priority),
		cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
