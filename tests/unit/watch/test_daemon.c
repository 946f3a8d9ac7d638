// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_daemon.c - what the daemon decides, with made-up answers of its processes.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/watch/daemon_made_up.h"
#include "watch/policy/symptom.h"

static struct daemon d;

static int setup(void **state)
{
	(void)state;
	return daemon_make_up(&d, 1 << 20);
}

static int teardown(void **state)
{
	(void)state;
	daemon_let_go(&d);
	return 0;
}

/* A dump of @symptom, in which what @signature says hangs, is taken and held. */
static struct held *hold_dump(u64 symptom, const char *signature)
{
	const struct policy_clock now = policy_now();
	struct held *held;
	char hex[SYMPTOM_HEX];
	json_t *record;
	int fd = hold_create();

	symptom_text(hex, symptom);
	record = json_pack("{s:s, s:s, s:s, s:i}", "rule", "oops", "symptom", hex, "signature",
			   signature, "priority", 20);
	assert_int_equal(hold_seal(fd, 0, record), 0);
	json_decref(record);
	assert_int_equal(hold_add(&d.hold, fd, write_dropped, &d, &held), 0);
	policy_done(&d.policy, now, symptom);
	policy_done(&d.policy, now, symptom_of_signature(signature));
	return held;
}

/* A dump that was lost does not stand in the way of the next one. */
static void test_dropped(void **state)
{
	(void)state;
	write_dropped(hold_dump(0x17, "1-ab"), &d);
	assert_null(policy_find(&d.policy, 0x17));
	assert_false(policy_knows_signature(&d.policy, &d.config.limits, policy_now(), "1-ab"));
}

/* From then on it survives the machine. */
static void test_written(void **state)
{
	struct {
		u32 news;
		char text[CHILD_TEXT_MAX];
	} message = { .news = WRITER_DONE, .text = "/there" };
	int socks[2];

	(void)state;
	assert_int_equal(child_pair(socks), 0);
	d.writer[0] = (struct writer){ .sock = socks[0], .id = hold_dump(0x17, "1-ab")->id };
	assert_false(policy_find(&d.policy, 0x17)->safe);
	assert_int_equal(send(socks[1], &message, sizeof(message), 0), sizeof(message));
	assert_true(write_take_news(&d, &d.writer[0], 0));
	assert_int_equal(d.stats.written, 1);
	assert_true(policy_find(&d.policy, 0x17)->safe);
	assert_true(policy_find(&d.policy, symptom_of_signature("1-ab"))->safe);
	close(socks[1]);
}

/* A process that takes a dump because of @rule. Returns its end of the socket. */
static int begin_dump(const char *rule, int fd)
{
	int socks[2];

	armed_stop(&d.arm.armed);
	assert_int_equal(child_pair(socks), 0);
	free(d.dump.log);
	d.dump = (struct daemon_dump){
		.trigger.rule = rules_find(&d.config.rules, rule), .symptom = 0x17,
		.when = policy_now(), .asker = -1,
	};
	d.dump.trigger.priority = d.dump.trigger.rule->priority;
	d.arm.armed = (struct armed){ .sock = socks[0], .fd = fd, .ready = true, .busy = true };
	return socks[1];
}

/* It has taken the dump, as this answer says. */
static void answer(const char *rule, int fd, const char *signature)
{
	int sock = begin_dump(rule, fd);
	struct armed_answer a = { 0 };

	strcpy(a.signature, signature);
	assert_int_equal(send(sock, &a, sizeof(a), 0), sizeof(a));
	dump_take_answer(&d);
	close(sock);
}

/* The process that is there now says that it is armed. Returns its end of the socket. */
static int say_armed(bool module)
{
	struct armed_answer a = { .armed = true, .module = module };
	int socks[2];

	armed_stop(&d.arm.armed);
	assert_int_equal(child_pair(socks), 0);
	free(d.dump.log);
	d.dump.log = NULL;
	d.arm.armed = (struct armed){ .sock = socks[0], .fd = -1 };
	assert_int_equal(send(socks[1], &a, sizeof(a), 0), sizeof(a));
	dump_take_answer(&d);
	return socks[1];
}

/* What it was told to do, or zeros. */
static const struct armed_order *order_of(int sock)
{
	static struct armed_order order;

	if (recv(sock, &order, sizeof(order), MSG_DONTWAIT) != sizeof(order))
		order = (struct armed_order){ 0 };
	return &order;
}

/* One that cannot be held does not make the next one that shows the same useless. */
static void test_not_held(void **state)
{
	(void)state;
	answer("hung-task", -1, "1-ab");
	assert_int_equal(d.stats.failures, 1);
	assert_int_equal(hold_count(&d.hold), 0);
	answer("hung-task", hold_create(), "1-ab");
	assert_int_equal(hold_count(&d.hold), 1);
	answer("hung-task-log", hold_create(), "1-ab");
	assert_int_equal(hold_count(&d.hold), 1);
	assert_int_equal(d.policy.suppressed[POLICY_SIGNATURE], 1);
}

/* A hang that lasts for hours is in all dumps, and is not what an oops is about. */
static void test_other_cause(void **state)
{
	static const char *const rules[] = {
		"oops", "warning", "soft-lockup", "rcu-stall", "by-hand",
	};

	(void)state;
	answer("hung-task", hold_create(), "1-ab");
	for (unsigned int i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		answer(rules[i], hold_create(), "1-ab");
		assert_int_equal(hold_count(&d.hold), i + 2);
	}
	assert_int_equal(d.policy.suppressed[POLICY_SIGNATURE], 0);
}

static void trigger(const char *rule, const char *message)
{
	struct trigger t = { .rule = rules_find(&d.config.rules, rule) };

	trigger_set_message(&t, message);
	judge_on_trigger(&d, &t);
}

/* Whichever rule sees it first, the others see the same. */
static void test_one_cause(void **state)
{
	int sock = say_armed(false);

	(void)state;
	d.config.limits.backoff_ms = 0;
	trigger("hung-task", "sched_process_hang: comm=dd pid=99999999");
	assert_true(d.dump.symptom == symptom_of(SYMPTOM_HUNG_TASK, "dd", ""));
	assert_int_equal(order_of(sock)->pid, 99999999);
	policy_done(&d.policy, policy_now(), d.dump.symptom);
	close(sock);
	sock = say_armed(false);
	policy_done(&d.policy, policy_now(), symptom_of(SYMPTOM_RCU_STALL, "", ""));
	trigger("hung-task-log", "INFO: task dd:99999999 blocked for more than 120 seconds.");
	trigger("rcu-stall", "rcu_stall_warning: rcu_preempt SelfDetected");
	trigger("rcu-stall-log", "rcu: INFO: rcu_preempt self-detected stall on CPU");
	assert_false(d.arm.armed.busy);
	assert_int_equal(d.policy.suppressed[POLICY_SYMPTOM], 3);
	trigger("hung-task-log", "INFO: task other:99999999 blocked for more than 120 seconds.");
	assert_true(d.arm.armed.busy);
	close(sock);
}

/* The count tells of no task, and is of those that other rules tell of. */
static void test_hung_count(void **state)
{
	int sock;

	(void)state;
	d.config.limits.backoff_ms = 0;
	answer("hung-task", hold_create(), "");
	sock = say_armed(false);
	trigger("hung-task-count", "kernel.hung_task_detect_count has grown");
	assert_false(d.arm.armed.busy);
	assert_int_equal(d.policy.suppressed[POLICY_SYMPTOM], 1);
	/* It may be the daemon's own writer. */
	d.policy = (struct policy){ 0 };
	d.writer[0].pid = INT32_MAX;
	trigger("hung-task-count", "kernel.hung_task_detect_count has grown");
	assert_false(d.arm.armed.busy);
	assert_int_equal(d.policy.suppressed[POLICY_OWN], 1);
	d.writer[0].pid = 0;
	trigger("hung-task-count", "kernel.hung_task_detect_count has grown");
	assert_int_equal(d.policy.suppressed[POLICY_OWN], 1);
	close(sock);
}

/* An oops is told once. It is dumped when the dump of the warning before it is done. */
static void test_later(void **state)
{
	int sock = begin_dump("warning", -1);

	(void)state;
	trigger("warning", "WARNING: another");
	trigger("oops", "Oops: 0002 [#1]");
	trigger("soft-lockup", "watchdog: BUG: soft lockup");
	close(sock);
	sock = say_armed(false);
	assert_true(d.arm.armed.busy);
	assert_string_equal(d.dump.trigger.message, "Oops: 0002 [#1]");
	assert_non_null(strstr(order_of(sock)->reason, "Oops"));
	close(sock);
	/* Once. */
	sock = say_armed(false);
	assert_false(d.arm.armed.busy);
	close(sock);
	/* Between two processes, too, and not for ever. */
	d.policy = (struct policy){ 0 };
	d.arm.armed = (struct armed)ARMED_INIT;
	trigger("oops", "Oops: 0003 [#2]");
	d.later.when -= 3600 * 1000;
	sock = say_armed(false);
	assert_false(d.arm.armed.busy);
	close(sock);
	d.arm.armed.ready = false;
	trigger("oops", "Oops: 0004 [#3]");
	sock = say_armed(false);
	assert_true(d.arm.armed.busy);
	close(sock);
}

/* While a user's task is dumped that hangs, what hangs the system is not forgotten. */
static void test_later_than_user(void **state)
{
	int sock = begin_dump("hung-task", -1);

	(void)state;
	d.dump.trigger.priority = 60;
	trigger("soft-lockup", "watchdog: BUG: soft lockup");
	assert_null(d.later.trigger.rule);
	d.dump.trigger.priority = 60 - TRIGGER_USER_LESS;
	trigger("soft-lockup", "watchdog: BUG: soft lockup");
	assert_non_null(d.later.trigger.rule);
	assert_string_equal(d.later.trigger.rule->name, "soft-lockup");
	assert_int_equal(d.later.trigger.priority, 55);
	trigger("hung-task-log", "INFO: task dd:99999999 blocked for more than 120 seconds.");
	assert_string_equal(d.later.trigger.rule->name, "hung-task-log");
	close(sock);
}

/* It has the dump, and goes on with it. Returns its end of the socket. */
static int say_written(unsigned int held)
{
	struct armed_answer a = { .written = true };
	int sock = begin_dump("oops", hold_create());

	assert_int_equal(send(sock, &a, sizeof(a), 0), sizeof(a));
	dump_take_answer(&d);
	assert_true(dump_is_busy(&d));
	assert_int_equal(hold_count(&d.hold), held);
	return sock;
}

/* Who verifies and explains the dump may end, or hang as others do: there is a dump. */
static void test_not_verified(void **state)
{
	struct armed_answer bad = { .ret = -EBADMSG, .error = "damaged" };
	int sock = say_written(0);

	(void)state;
	close(sock);
	dump_take_answer(&d);
	assert_int_equal(hold_count(&d.hold), 1);
	assert_int_equal(d.stats.dumps, 1);
	sock = say_written(1);
	assert_true(d.arm.deadline > policy_now().boot);
	dump_cut(&d, policy_now().boot);
	assert_int_equal(hold_count(&d.hold), 2);
	assert_int_equal(d.stats.failures, 0);
	close(sock);
	/* But not if it is known to be bad, and not for the next dump. */
	sock = say_written(2);
	assert_int_equal(send(sock, &bad, sizeof(bad), 0), sizeof(bad));
	dump_take_answer(&d);
	close(sock);
	sock = begin_dump("oops", hold_create());
	close(sock);
	dump_take_answer(&d);
	assert_int_equal(hold_count(&d.hold), 2);
	assert_int_equal(d.stats.failures, 2);
}

/* A daemon that ends leaves to the next one what is written, and says what is not. */
static void test_abandoned(void **state)
{
	struct armed_answer bad = { .ret = -EBADMSG, .error = "damaged" };
	int sock = say_written(0);

	(void)state;
	dump_abandon(&d);
	close(sock);
	assert_int_equal(hold_count(&d.hold), 1);
	assert_int_equal(d.stats.failures, 0);
	sock = begin_dump("oops", hold_create());
	dump_abandon(&d);
	close(sock);
	assert_int_equal(hold_count(&d.hold), 1);
	assert_int_equal(d.stats.failures, 1);
	assert_non_null(strstr(d.stats.last, "the daemon ends"));
	dump_abandon(&d);
	assert_int_equal(d.stats.failures, 1);
	/* What the module has written and is bad is not what is taken without it. */
	d.arm.module = true;
	sock = say_written(1);
	assert_int_equal(send(sock, &bad, sizeof(bad), 0), sizeof(bad));
	dump_take_answer(&d);
	close(sock);
	assert_true(d.dump.again);
	assert_false(d.written.answer.written);
}

/* What hangs is not what an oops of a task is about: the signature is that of all. */
static void test_no_hang(void **state)
{
	struct trigger t = { .rule = rules_find(&d.config.rules, "oops"), .pid = 99999999 };
	int sock = say_armed(false);

	(void)state;
	judge_on_trigger(&d, &t);
	assert_true(d.arm.armed.busy);
	assert_int_equal(order_of(sock)->pid, 0);
	close(sock);
}

/* What the module cannot do is tried without it, once. */
static void test_without_module(void **state)
{
	struct armed_answer a = { .ret = -EBUSY, .error = "another dump is running" };
	int sock;

	(void)state;
	d.arm.module = true;
	sock = begin_dump("oops", -1);
	assert_int_equal(send(sock, &a, sizeof(a), 0), sizeof(a));
	dump_take_answer(&d);
	close(sock);
	assert_int_equal(d.stats.failures, 0);
	assert_true(dump_is_busy(&d));
	assert_true(d.arm.no_module > policy_now().boot);
	/* Meanwhile there is no place for another one. */
	trigger("warning", "WARNING: x");
	assert_int_equal(d.policy.suppressed[POLICY_BUSY], 1);
	sock = say_armed(false);
	assert_true(d.arm.armed.busy);
	assert_non_null(strstr(order_of(sock)->reason, "oops"));
	assert_int_equal(send(sock, &a, sizeof(a), 0), sizeof(a));
	dump_take_answer(&d);
	close(sock);
	assert_int_equal(d.stats.failures, 1);
	assert_false(dump_is_busy(&d));
}

/* Nor is there a second try if the configuration insists, or if nothing can be armed. */
static void test_with_module_only(void **state)
{
	struct armed_answer a = { .ret = -EBUSY, .error = "another dump is running" };
	int sock = begin_dump("oops", -1);

	(void)state;
	d.arm.module = true;
	assert_int_equal(send(sock, &a, sizeof(a), 0), sizeof(a));
	free(d.config.dump.engine);
	d.config.dump.engine = strdup("module");
	dump_take_answer(&d);
	assert_int_equal(d.stats.failures, 1);
	close(sock);
	d.dump = (struct daemon_dump){
		.trigger.rule = rules_find(&d.config.rules, "oops"), .asker = -1, .again = true,
	};
	arm_fail(&d, "no /proc/kcore");
	assert_int_equal(d.stats.failures, 2);
	assert_false(dump_is_busy(&d));
}

/* First it is to end with what there is of the dump. */
static void test_cut(void **state)
{
	int sock = begin_dump("oops", -1), status;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		for (;;)
			pause();
	d.arm.armed.pid = pid;
	d.arm.deadline = 1000;
	d.arm.retry = INT64_MAX;
	arm_step(&d, 1000);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	assert_true(d.arm.armed.busy);
	assert_true(d.arm.deadline > 1000);
	assert_int_equal(d.stats.failures, 0);
	d.arm.armed.pid = 0;
	arm_step(&d, d.arm.deadline);
	assert_int_equal(d.stats.failures, 1);
	close(sock);
}

static bool holds_text(int fd, const char *text)
{
	static char buf[STATE_MAX];
	ssize_t n = pread(fd, buf, sizeof(buf) - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	return strstr(buf, text);
}

/* The disk of one file hangs: the service manager has all the same, and the other file. */
static void test_scribe_hangs(void **state)
{
	char dir[] = "/tmp/watch.XXXXXX", path[64];
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/metrics", dir);
	free(d.config.report.metrics);
	d.config.report.metrics = strdup(path);
	d.files.state = hold_create();
	d.files.scribe[FILE_STATE].pid = INT32_MAX;
	d.files.scribe[FILE_STATE].deadline = INT64_MAX;
	policy_done(&d.policy, policy_now(), 0xabcdef);
	d.files.dirty = true;
	files_step(&d, 1);
	assert_true(holds_text(d.files.state, "symptom 0000000000abcdef "));
	pid = d.files.scribe[FILE_METRICS].pid;
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	files_on_exit(&d, pid);
	assert_int_equal(access(path, F_OK), 0);
	/* It is written when the disk answers. */
	assert_true(d.files.scribe[FILE_STATE].due);
	files_on_exit(&d, INT32_MAX);
	snprintf(path, sizeof(path), "%s/state", dir);
	free(d.config.report.state);
	d.config.report.state = strdup(path);
	files_step(&d, 2);
	pid = d.files.scribe[FILE_STATE].pid;
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(d.config.report.metrics), 0);
	assert_int_equal(rmdir(dir), 0);
	close(d.files.state);
}

static int stderr_fd;

/* A file that standard error goes to until end_log(). */
static FILE *begin_log(void)
{
	FILE *log = tmpfile();

	assert_non_null(log);
	stderr_fd = dup(STDERR_FILENO);
	assert_true(dup2(fileno(log), STDERR_FILENO) >= 0);
	return log;
}

static unsigned int count_lines(FILE *log)
{
	unsigned int nr = 0;
	int c;

	rewind(log);
	while ((c = fgetc(log)) != EOF)
		nr += c == '\n';
	return nr;
}

static void end_log(FILE *log)
{
	dup2(stderr_fd, STDERR_FILENO);
	close(stderr_fd);
	fclose(log);
}

/* Metrics and --status must say so at once, and the log need not say it each minute. */
static void test_arming_fails(void **state)
{
	FILE *log = begin_log();

	(void)state;
	for (s64 i = 0; i < 3; i++) {
		d.arm.deadline = 1;
		d.arm.retry = INT64_MAX;
		d.files.dirty = false;
		arm_step(&d, 1);
		assert_true(d.files.dirty);
		assert_int_equal(d.arm.deadline, 0);
	}
	assert_int_equal(count_lines(log), 1);
	arm_fail(&d, "another reason");
	assert_int_equal(count_lines(log), 2);
	end_log(log);
	assert_string_equal(d.arm.why, "another reason");
}

/* A storm of triggers is counted, and no more is done than that. */
static void test_unarmed_storm(void **state)
{
	struct trigger t = { .rule = rules_find(&d.config.rules, "oops"), .pid = 1 };
	FILE *log = begin_log();

	(void)state;
	for (unsigned int i = 0; i < 1000; i++)
		judge_on_trigger(&d, &t);
	assert_int_equal(count_lines(log), 1);
	end_log(log);
	assert_int_equal(t.rule->seen, 1000);
	assert_int_equal(d.policy.suppressed[POLICY_UNARMED], 1000);
	assert_int_equal(d.stats.failures, 0);
	/* The state is not written for each, and the task is not looked for. */
	assert_false(d.files.dirty);
	assert_true(d.files.stale);
	assert_string_equal(t.function, "");
}

static void add_target(unsigned int nr)
{
	free(d.config.target[nr].directory);
	d.config.target[nr].directory = strdup("/nonexistent");
	d.config.target[nr].ms = 1000;
	d.config.targets = nr + 1;
}

/* What hangs is not joined by more of its kind each time that the target is tried again. */
static void test_hung_writer(void **state)
{
	struct held *held;
	pid_t pid;
	s64 now;

	(void)state;
	add_target(0);
	held = hold_dump(0x17, "1-ab");
	pid = fork();
	if (!pid) {
		setsid();
		_exit(0);
	}
	/* It has ended, and its process is there as long as nobody has reaped it. */
	assert_int_equal(waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	d.writer[0] = (struct writer){ .pid = pid, .sock = -1, .id = held->id, .deadline = 1 };
	write_step(&d, 1);
	for (unsigned int i = 0; i < 3; i++) {
		now = held->next;
		assert_true(now > 1);
		write_step(&d, now);
		assert_int_equal(d.writer[0].pid, 0);
		assert_true(held->next > now);
	}
	assert_int_equal(d.stats.write_failures, 1);
	/* --status says why it is held still. */
	assert_non_null(strstr(d.stats.last, ": it took too long; tried again at "));
	assert_string_equal(d.stats.trouble[0], "it took too long");
	/* The next target is none of its business. */
	add_target(1);
	write_step(&d, held->next);
	assert_true(d.writer[0].pid > 0);
	assert_int_equal(d.writer[0].target, 1);
	writer_stop(&d.writer[0]);
	/* And when it has ended, all is as before. */
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	write_on_exit(&d, pid, now);
	held->target = 0;
	write_step(&d, held->next);
	assert_true(d.writer[0].pid > 0);
	assert_int_equal(d.writer[0].target, 0);
}

/* They would only get in each other's way. */
static void test_one_writer(void **state)
{
	struct held *first, *second;

	(void)state;
	add_target(0);
	first = hold_dump(0x17, "1-ab");
	second = hold_dump(0x18, "1-cd");
	write_step(&d, 1);
	assert_int_equal(d.writer[0].id, first->id);
	assert_int_equal(d.writer[1].id, 0);
	/* Not those of a command. */
	d.config.target[0].command = d.config.target[0].directory;
	d.config.target[0].directory = NULL;
	write_step(&d, 1);
	assert_int_equal(d.writer[1].id, second->id);
	writer_stop(&d.writer[1]);
	d.config.target[0].directory = d.config.target[0].command;
	d.config.target[0].command = NULL;
	writer_stop(&d.writer[0]);
	first->next = 100;
	write_step(&d, 1);
	assert_int_equal(d.writer[0].id, second->id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_written, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_held, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_cause, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_cause, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hung_count, setup, teardown),
		cmocka_unit_test_setup_teardown(test_later, setup, teardown),
		cmocka_unit_test_setup_teardown(test_later_than_user, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_verified, setup, teardown),
		cmocka_unit_test_setup_teardown(test_abandoned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_hang, setup, teardown),
		cmocka_unit_test_setup_teardown(test_without_module, setup, teardown),
		cmocka_unit_test_setup_teardown(test_with_module_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_scribe_hangs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_arming_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unarmed_storm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hung_writer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_writer, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
