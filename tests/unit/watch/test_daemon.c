// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_daemon.c - what the daemon decides, with made-up answers of its processes.
 */
#include <setjmp.h>
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

#include "watch/config/config.h"
#include "watch/daemon.h"
#include "watch/policy/symptom.h"

static struct daemon d;

static int setup(void **state)
{
	(void)state;
	d = (struct daemon){
		.proc = "/nonexistent", .boot = "this", .dump.asker = -1,
		.arm.armed = ARMED_INIT, .hold.budget = 1 << 20, .files.state = -1,
	};
	for (unsigned int i = 0; i < WRITERS_MAX; i++)
		d.writer[i] = (struct writer)WRITER_INIT;
	/* Nobody is to be told of what a test does. */
	for (unsigned int i = 0; i < TELLERS_MAX; i++)
		d.files.teller[i].pid = 1;
	return config_read(&d.config, "/nonexistent/watch.conf", stderr);
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < HOLD_MAX; i++)
		if (d.hold.held[i].id)
			hold_remove(&d.hold.held[i]);
	for (unsigned int i = 0; i < WRITERS_MAX; i++)
		writer_stop(&d.writer[i]);
	armed_stop(&d.arm.armed);
	config_free(&d.config);
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

/* The armed process has taken a dump, as this answer says. */
static void answer(int fd, const char *signature)
{
	struct armed_answer a = { 0 };
	int socks[2];

	armed_stop(&d.arm.armed);
	assert_int_equal(child_pair(socks), 0);
	d.dump = (struct daemon_dump){
		.trigger.rule = rules_find(&d.config.rules, "oops"), .symptom = 0x17,
		.when = policy_now(), .asker = -1,
	};
	d.arm.armed = (struct armed){ .sock = socks[0], .fd = fd, .ready = true, .busy = true };
	strcpy(a.signature, signature);
	assert_int_equal(send(socks[1], &a, sizeof(a), 0), sizeof(a));
	dump_take_answer(&d);
	close(socks[1]);
}

/* One that cannot be held does not make the next one that shows the same useless. */
static void test_not_held(void **state)
{
	(void)state;
	answer(-1, "1-ab");
	assert_int_equal(d.stats.failures, 1);
	assert_int_equal(hold_count(&d.hold), 0);
	answer(hold_create(), "1-ab");
	assert_int_equal(hold_count(&d.hold), 1);
	answer(hold_create(), "1-ab");
	assert_int_equal(hold_count(&d.hold), 1);
	assert_int_equal(d.policy.suppressed[POLICY_SIGNATURE], 1);
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
		dump_on_trigger(&d, &t);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dropped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_written, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_held, setup, teardown),
		cmocka_unit_test_setup_teardown(test_arming_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unarmed_storm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hung_writer, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
