// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_config.c - what the files say, and what is wrong with them.
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

#include "watch/config/config.h"
#include "watch/config/units.h"

static char dir[64];

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_config.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static const char *put(const char *name, const char *text)
{
	static char path[4][128];
	static unsigned int at;
	char *p = path[at++ % 4];
	FILE *f;

	snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	f = fopen(p, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return p;
}

/* Read @text. Returns the complaints without the directory; the next call frees them. */
static const char *read_text(struct config *c, const char *text, int expected)
{
	static char *complaints;
	size_t len;
	const char *file = put("watch.conf", text);
	FILE *f;
	char *at;

	free(complaints);
	f = open_memstream(&complaints, &len);
	assert_int_equal(config_read(c, file, f), expected);
	fclose(f);
	while ((at = strstr(complaints, dir)))
		memmove(at, at + strlen(dir) + 1, strlen(at + strlen(dir)));
	return complaints;
}

static void test_no_file(void **state)
{
	struct config c;

	(void)state;
	assert_int_equal(config_read(&c, "/nonexistent/watch.conf", stderr), 0);
	assert_int_equal(c.targets, 1);
	assert_string_equal(c.target[0].directory, "/var/crash");
	assert_true(rules_find(&c.rules, "hung-task")->enabled);
	assert_false(rules_find(&c.rules, "oom")->enabled);
	assert_int_equal(c.limits.per_day, 4);
	config_free(&c);
}

static void test_values(void **state)
{
	struct rule *rule;
	struct config c;

	(void)state;
	assert_string_equal(read_text(&c,
				      "# a comment\n[watch]\ninterval = 7d\nper-day = 2\nhold = 64M\n"
				      "mode = live\nmax-pause=20ms\nhook = mail -s x root\n"
				      "[target near]\ndirectory = /srv/dumps\nmax-dumps = 3\ntime = 30s\n"
				      "[target far]\ncommand = ssh far 'cat >dump'\n"
				      "[rule disk]\non = block:block_rq_error if dev == 8388608\npriority = 80\n"
				      "[rule mine]\non = kmsg ^foo: [0-9]+ bad\nlevel = 6\n"
				      "[rule oom]\nenabled = yes\n", 0), "");
	assert_int_equal(c.limits.interval_ms, 7 * 86400000ULL);
	assert_int_equal(c.limits.per_day, 2);
	assert_int_equal(c.dump.hold, 64 << 20);
	assert_true(c.dump.live);
	assert_int_equal(c.dump.max_pause_ms, 20);
	assert_string_equal(c.report.hook, "mail -s x root");
	assert_int_equal(c.targets, 2);
	assert_string_equal(c.target[0].name, "near");
	assert_int_equal(c.target[0].keep.dumps, 3);
	assert_int_equal(c.target[0].ms, 30000);
	assert_string_equal(c.target[1].command, "ssh far 'cat >dump'");
	rule = rules_find(&c.rules, "disk");
	assert_int_equal(rule->kind, RULE_TRACEPOINT);
	assert_string_equal(rule->text, "block:block_rq_error");
	assert_string_equal(rule->filter, "dev == 8388608");
	assert_int_equal(rule->priority, 80);
	assert_ptr_equal(rules_match_event(&c.rules, "block_rq_error"), rule);
	assert_true(rules_find(&c.rules, "oom")->enabled);
	assert_string_equal(rules_match_kmsg(&c.rules, 6, "foo: 17 bad")->name, "mine");
	assert_null(rules_match_kmsg(&c.rules, 7, "foo: 17 bad"));
	config_free(&c);
}

static void test_complaints(void **state)
{
	struct config c;

	(void)state;
	assert_string_equal(read_text(&c, "[watch]\ninterval = soon\n\nper-day = 0\nfoo = 1\n",
				      -EINVAL),
			    "watch.conf:2: interval: 'soon' is not a time from 0 ms to 31536000000 ms: use a number with ms, s, min, h or d\n"
			    "watch.conf:4: per-day: '0' is not a number from 1 to 100\n"
			    "watch.conf:5: [watch] has no key 'foo'\n");
	config_free(&c);
	assert_string_equal(read_text(&c, "[watch]\nhold = 512K\nhold = 2T\nhold = x\n"
				      "[target a]\ndirectory = /a\nmax-total = y\n", -EINVAL),
			    "watch.conf:2: hold: '512K' is not a size from 1M to 1T: use a number with K, M, G or T\n"
			    "watch.conf:3: hold: '2T' is not a size from 1M to 1T: use a number with K, M, G or T\n"
			    "watch.conf:4: hold: 'x' is not a size from 1M to 1T: use a number with K, M, G or T\n"
			    "watch.conf:7: max-total: 'y' is not a size: use a number with K, M, G or T\n");
	config_free(&c);
	assert_string_equal(read_text(&c, "[rule a]\non = kmsg (\n[rule b]\n\nenabled = perhaps\n",
				      -EINVAL),
			    "watch.conf:2: on: '(' is not a regular expression: Unmatched ( or \\(\n"
			    "watch.conf:5: enabled: 'perhaps' is neither yes nor no\n"
			    "watch.conf: [rule a] needs on\nwatch.conf: [rule b] needs on\n");
	config_free(&c);
	assert_string_equal(read_text(&c, "[wath]\na = 1\nb = 2\n[target x]\ntime = 5s\n", -EINVAL),
			    "watch.conf:2: [wath] is no section, or one too many: there are [watch], [target NAME] and [rule NAME]\n"
			    "watch.conf: [target x] needs either directory or command\n");
	config_free(&c);
	assert_string_equal(read_text(&c, "[target x]\ndirectory = crash\n", -EINVAL),
			    "watch.conf:2: directory: 'crash' does not begin with a slash\n"
			    "watch.conf: [target x] needs either directory or command\n");
	config_free(&c);
	assert_string_equal(read_text(&c, "[watch]\nnonsense\n", -EINVAL),
			    "watch.conf:2: neither [SECTION] nor KEY = VALUE\n");
	config_free(&c);
}

static void test_long_line(void **state)
{
	char text[1200] = "[watch]\nhook = ";
	struct config c;

	(void)state;
	memset(text + strlen(text), 'x', 1000);
	strcat(text, "\nper-day = 0\n");
	assert_string_equal(read_text(&c, text, -EINVAL),
			    "watch.conf:2: the line is too long\n"
			    "watch.conf:3: per-day: '0' is not a number from 1 to 100\n");
	assert_null(c.report.hook);
	config_free(&c);
}

/* There is one rule of these kinds, and that of the file has the last word. */
static void test_single_rules(void **state)
{
	struct config c;

	(void)state;
	assert_string_equal(read_text(&c, "[rule mine]\non = blocked-tasks 30s\n"
				      "[rule count]\non = hung-task-count\n", 0), "");
	assert_string_equal(rules_of_kind(&c.rules, RULE_BLOCKED)->name, "mine");
	assert_string_equal(rules_of_kind(&c.rules, RULE_HUNG_COUNT)->name, "count");
	assert_string_equal(rules_of_kind(&c.rules, RULE_HAND)->name, "by-hand");
	config_free(&c);
	assert_string_equal(read_text(&c, "[rule mine]\non = blocked-tasks 30s\n"
				      "[rule yours]\non = blocked-tasks 40s\n"
				      "[rule none]\non = blocked-tasks 50s\nenabled = no\n",
				      -EINVAL),
			    "watch.conf: [rule yours] is about the same as [rule mine]\n");
	config_free(&c);
	/* All of /proc is read several times in this time. */
	assert_string_equal(read_text(&c, "[rule mine]\non = blocked-tasks 3ms\n", -EINVAL),
			    "watch.conf:2: on: '3ms' is not a time of at least 1 s: use a number with s, min, h or d\n"
			    "watch.conf: [rule mine] needs on\n");
	config_free(&c);
	assert_string_equal(read_text(&c, "[rule mine]\non = blocked-tasks 1000ms\n", 0), "");
	config_free(&c);
}

/* A line that looks like a second one of a command would replace it. */
static void test_indented(void **state)
{
	struct config c;

	(void)state;
	assert_string_equal(read_text(&c, "[target x]\ncommand = cat >/srv/dump\n  && true\n"
				      "\ttime = 5s\n\n \t\n  # a comment\n\t; another\ntime = 7s\n",
				      -EINVAL),
			    "watch.conf:3: the line begins with a blank\n"
			    "watch.conf:4: the line begins with a blank\n");
	assert_string_equal(c.target[0].command, "cat >/srv/dump");
	assert_int_equal(c.target[0].ms, 7000);
	config_free(&c);
}

/* Files of watch.conf.d come later, by name, and have the last word. */
static void test_parts(void **state)
{
	struct config c;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/watch.conf.d", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	put("watch.conf.d/20-b.conf", "[watch]\nper-day = 7\n");
	put("watch.conf.d/10-a.conf", "[watch]\nper-day = 6\n[rule warning]\nenabled = no\n");
	put("watch.conf.d/30-c.conf~", "[watch]\nper-day = 8\n");
	assert_string_equal(read_text(&c, "[watch]\nper-day = 5\n", 0), "");
	assert_int_equal(c.limits.per_day, 7);
	assert_false(rules_find(&c.rules, "warning")->enabled);
	config_free(&c);
	put("watch.conf.d/20-b.conf", "[watch]\n\nper-day = x\n");
	assert_string_equal(read_text(&c, "", -EINVAL),
			    "watch.conf.d/20-b.conf:3: per-day: 'x' is not a number from 1 to 100\n");
	config_free(&c);
}

/* Of each kind a message as kernels print it, and some that are no reason for a dump. */
static void test_builtin_rules(void **state)
{
	static const struct {
		unsigned int level;
		const char *message;
		const char *rule;	/* NULL: none */
	} rows[] = {
		{ 3, "INFO: task sh:150 blocked for more than 122 seconds.", "hung-task-log" },
		{ 3, "INFO: task a b:1 blocked in I/O wait for more than 122 seconds.",
		  "hung-task-log" },
		{ 3, "rcu: INFO: rcu_preempt self-detected stall on CPU", "rcu-stall-log" },
		{ 3, "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:", "rcu-stall-log" },
		{ 3, "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: {",
		  "rcu-stall-log" },
		{ 0, "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [sh:150]", "soft-lockup" },
		{ 3, "INFO: rcu_tasks detected stalls on tasks:", "rcu-stall-log" },
		{ 0, "watchdog: Watchdog detected hard LOCKUP on cpu 1", "hard-lockup" },
		{ 0, "NMI watchdog: Watchdog detected hard LOCKUP on cpu 1", "hard-lockup" },
		{ 0, "watchdog: CPU2: Watchdog detected hard LOCKUP on cpu 1", "hard-lockup" },
		{ 0, "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 34s!",
		  "workqueue-stall" },
		{ 1, "BUG: kernel NULL pointer dereference, address: 0000000000000000", "oops" },
		{ 1, "BUG: unable to handle page fault for address: ffffc90000000000", "oops" },
		{ 4, "Oops: general protection fault, probably for non-canonical address "
		  "0xdead000000000122: 0000 [#1] SMP NOPTI", "oops" },
		{ 4, "general protection fault: 0000 [#1] SMP PTI", "oops" },
		{ 4, "Oops: Oops: 0002 [#1] SMP", "oops" },
		{ 4, "Oops: 0002 [#1] PREEMPT_RT SMP KASAN NOPTI", "oops" },
		{ 4, "BUG: unable to handle kernel paging request", "oops" },
		{ 2, "kernel BUG at mm/slub.c:321!", "oops" },
		{ 2, "Kernel BUG at f+0x1/0x2 [verbose debug info unavailable]", "oops" },
		{ 0, "Internal error: Oops - BUG: 00000000f2000800 [#1]  SMP", "oops" },
		{ 4, "Oops: divide error: 0000 [#1] PREEMPT SMP NOPTI", "oops" },
		{ 4, "divide error: 0000 [#1] PREEMPT SMP NOPTI", "oops" },
		{ 4, "invalid opcode: 0000 [#2] SMP", "oops" },
		{ 4, "stack segment: 0000 [#1] PREEMPT SMP", "oops" },
		{ 4, "int3: 0000 [#1] PREEMPT SMP", "oops" },
		{ 0, "Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP", "oops" },
		{ 4, "WARNING: CPU: 1 PID: 150 at kernel/fork.c:12 f+0x1/0x2", "warning" },
		{ 4, "WARNING: CPU: 1 PID: 150 at f+0x1/0x2", "warning" },
		{ 4, "WARNING: kernel/fork.c:12 at f+0x1/0x2, CPU#1: sh/150", "warning" },
		{ 4, "WARNING: at f+0x1/0x2, CPU#1: sh/150", "warning" },
		{ 4, "WARNING: possible circular locking dependency detected", "warning" },
		{ 4, "WARNING: suspicious RCU usage", "warning" },
		{ 3, "BUG: KASAN: slab-use-after-free in f+0x1/0x2", "warning" },
		{ 3, "BUG: KFENCE: out-of-bounds read in f+0x1/0x2", "warning" },
		{ 3, "BUG: KCSAN: assert: race in f / g", "warning" },
		{ 1, "BUG: Bad page state in process sh  pfn:12345", "warning" },
		{ 3, "BUG: scheduling while atomic: sh/150/0x00000002", "warning" },
		{ 3, "Out of memory: Killed process 150 (sh)", NULL },
		/* text that a user has chosen: the name of a task, an option of mount(2) */
		{ 4, "Oops A invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0", NULL },
		{ 4, "Oops: x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0", NULL },
		{ 4, "x: 0000 [#1] invoked oom-killer: gfp_mask=0xcc0, order=0", NULL },
		{ 4, "x: 0000 [#1]: page allocation failure: order:4, mode:0x40dc0", NULL },
		{ 4, "kernel BUG at x invoked oom-killer: gfp_mask=0xcc0, order=0", NULL },
		{ 4, "kernel BUG at x: page allocation failure: order:4, mode:0x40dc0", NULL },
		{ 4, "Internal error: invoked oom-killer: gfp_mask=0xcc0, order=0", NULL },
		{ 4, "WARNING: x invoked oom-killer: gfp_mask=0xcc0, order=0", NULL },
		{ 4, "WARNING: x:1: page allocation failure: order:4, mode:0x40dc0", NULL },
		{ 4, "hard LOCKUP invoked oom-killer: gfp_mask=0xcc0, order=0", NULL },
		{ 3, "tmpfs: Unknown parameter 'BUG: soft lockup - CPU#1 stuck for 22s!'", NULL },
		{ 3, "tmpfs: Unknown parameter 'INFO: rcu x self-detected stall on CPU'", NULL },
		{ 3, "tmpfs: Unknown parameter 'x: 0000 [#1] SMP'", NULL },
		{ 3, "tmpfs: Unknown parameter 'Oops: 0000 [#1] SMP", NULL },
		{ 4, "hrtimer: interrupt took 12345 ns", NULL },
		{ 4, "sd 0:0:0:0: [sda] 4096 logical blocks", NULL },
		{ 4, "pci 0000:00:1f.2: reg 0x10: [io 0xc080]", NULL },
		{ 6, "WARNING: nothing", NULL },
	};
	struct rules rules = { .nr = 0 };

	(void)state;
	assert_int_equal(rules_init(&rules), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct rule *rule = rules_match_kmsg(&rules, rows[i].level, rows[i].message);

		if (rows[i].rule)
			assert_string_equal(rule ? rule->name : rows[i].message, rows[i].rule);
		else
			assert_null(rule);
	}
	rules_free(&rules);
}

static void test_units(void **state)
{
	static const char *const wrong[] = { "", "x", "-1", "1 x", "5m", "99999999999d", "1.5h" };
	u64 ms;

	(void)state;
	assert_true(units_time("90", &ms) && ms == 90000);
	assert_true(units_time("10ms", &ms) && ms == 10);
	assert_true(units_time("5 min", &ms) && ms == 300000);
	assert_true(units_time("2h", &ms) && ms == 7200000);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_false(units_time(wrong[i], &ms));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_file),
		cmocka_unit_test_setup_teardown(test_values, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_complaints, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_long_line, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_single_rules, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_indented, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_parts, make_dir, remove_dir),
		cmocka_unit_test(test_builtin_rules),
		cmocka_unit_test(test_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
