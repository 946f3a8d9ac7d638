// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_why.c - the process that reads a dump: what it answers, and what is left if it
 * crashes, hangs, takes all memory, or sends what is no answer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "savecore/why/why.h"

#define DUMP	"this is the dump"

/* What the process answers with, by name. */

static int answer_well(FILE *out, int fd, const char *name, struct summary *s, struct error *err)
{
	char text[32] = "";

	(void)err;
	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return STATUS_UNREADABLE;
	fprintf(out, "deadlock in %s: %s\n", name, text);
	strcpy(s->signature, s->pid == 47 ? "1-0123456789abcdef" : "1-0");
	return STATUS_HANGS;
}

static int answer_long(FILE *out, int fd, const char *name, struct summary *s, struct error *err)
{
	(void)fd;
	(void)name;
	(void)err;
	s->signature[0] = '\0';
	for (int i = 0; i < 10000; i++)
		fputs("\033[31mred\xff\n", out);
	return STATUS_FINE;
}

static int answer_unreadable(FILE *out, int fd, const char *name, struct summary *s,
			     struct error *err)
{
	(void)out;
	(void)fd;
	(void)s;
	error_set(err, "%s: no types: give them", name);
	return STATUS_UNKNOWN;
}

static int answer_by_crash(FILE *out, int fd, const char *name, struct summary *s,
			   struct error *err)
{
	(void)out;
	(void)fd;
	(void)name;
	(void)s;
	(void)err;
	/* Not by a signal that a sanitizer handles. */
	__builtin_trap();
}

static int answer_never(FILE *out, int fd, const char *name, struct summary *s, struct error *err)
{
	(void)out;
	(void)fd;
	(void)name;
	(void)s;
	(void)err;
	while (poll(NULL, 0, 1000) <= 0)
		continue;
	return STATUS_FINE;
}

static int answer_signature(FILE *out, int fd, const char *name, struct summary *s,
			    struct error *err)
{
	(void)fd;
	(void)name;
	(void)err;
	fputs("x\n", out);
	memset(s->signature, '\n', SIGNATURE_SIZE);
	return STATUS_HANGS;
}

/* Takes all that it gets. Returns how much in the text. */
static int answer_greedily(FILE *out, int fd, const char *name, struct summary *s,
			   struct error *err)
{
	unsigned int nr = 0;

	(void)fd;
	(void)name;
	(void)s;
	(void)err;
	while (nr < 4096 && mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		nr++;
	fprintf(out, "%s MiB\n", nr <= 64 ? "at most 64" : "too many");
	return STATUS_FINE;
}

/* Tells what it could do but must not. */
static int answer_by_harm(FILE *out, int fd, const char *name, struct summary *s, struct error *err)
{
	(void)name;
	(void)s;
	(void)err;
	fputs("could:", out);
	if (write(fd, "x", 1) > 0 || pwrite(fd, "x", 1, 0) > 0 || !ftruncate(fd, 0))
		fputs(" change the dump", out);
	if (open("/etc/passwd", O_RDONLY) >= 0)
		fputs(" open", out);
	if (!kill(getppid(), 0))
		fputs(" kill", out);
	if (fork() >= 0)
		fputs(" fork", out);
	if (fcntl(STDOUT_FILENO, F_GETFL) < 0 || isatty(STDERR_FILENO))
		fputs(" say", out);
	return STATUS_FINE;
}

/* Tells which descriptors it can write to that are not its socket. */
static int answer_by_files(FILE *out, int fd, const char *name, struct summary *s,
			   struct error *err)
{
	unsigned int sockets = 0;

	(void)name;
	(void)s;
	(void)err;
	fputs("could:", out);
	for (int i = STDERR_FILENO + 1; i < 1024; i++) {
		int mode = fcntl(i, F_GETFL);
		struct stat st;

		if (mode < 0 || i == fd || fstat(i, &st))
			continue;
		if (S_ISSOCK(st.st_mode))
			sockets++;
		else if ((mode & O_ACCMODE) != O_RDONLY)
			fprintf(out, " write to %d", i);
	}
	fprintf(out, " %u sockets\n", sockets);
	return STATUS_FINE;
}

static int make_dump(void)
{
	char path[] = "/tmp/test_why.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, DUMP, strlen(DUMP)), strlen(DUMP));
	return fd;
}

/* Ask a process with @fn for what it answers. */
static void ask(why_fn *fn, unsigned int seconds, bool sandbox, struct why_answer *answer)
{
	const struct why_question question = { .name = "livecore.7", .pid = 47 };
	int fd = make_dump();
	struct why w;
	pid_t pid;

	assert_int_equal(why_start(&w, fn), 0);
	pid = w.pid;
	assert_int_equal(why_give(&w, fd, 32 << 20, sandbox), 0);
	why_ask(&w, &question, seconds, answer);
	why_stop(&w);
	/* Nothing of it is left. */
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(lseek(fd, 0, SEEK_END), strlen(DUMP));
	close(fd);
}

static void test_answer(void **state)
{
	struct why_answer answer;

	(void)state;
	ask(answer_well, 10, true, &answer);
	assert_true(answer.there);
	assert_true(answer.hangs);
	assert_string_equal(answer.text, "deadlock in livecore.7: " DUMP "\n");
	assert_string_equal(answer.signature, "1-0123456789abcdef");
}

/* What is too long is cut, and only printable lines are passed on. */
static void test_long(void **state)
{
	struct why_answer answer;

	(void)state;
	ask(answer_long, 10, true, &answer);
	assert_true(answer.there);
	assert_false(answer.hangs);
	assert_int_equal(strlen(answer.text), WHY_TEXT_MAX);
	assert_memory_equal(answer.text, "?[31mred?\n", 10);
}

static void test_unreadable(void **state)
{
	struct why_answer answer;

	(void)state;
	ask(answer_unreadable, 10, true, &answer);
	assert_false(answer.there);
	assert_string_equal(answer.reason, "livecore.7: no types: give them");
}

static void test_crash(void **state)
{
	struct why_answer answer;

	(void)state;
	ask(answer_by_crash, 10, true, &answer);
	assert_false(answer.there);
	assert_non_null(strstr(answer.reason, "has ended"));
}

static void test_hang(void **state)
{
	struct why_answer answer;
	u64 start = port_now_ns();

	(void)state;
	ask(answer_never, 1, true, &answer);
	assert_false(answer.there);
	assert_string_equal(answer.reason, "it took more than 1 s");
	assert_true(port_now_ns() - start < 20 * 1000000000ULL);
}

static void test_bad_signature(void **state)
{
	struct why_answer answer;

	(void)state;
	ask(answer_signature, 10, true, &answer);
	assert_false(answer.there);
}

static void test_memory(void **state)
{
	struct why_answer answer;

	(void)state;
	ask(answer_greedily, 10, false, &answer);
	assert_true(answer.there);
	assert_string_equal(answer.text, "at most 64 MiB\n");
}

static void test_harm(void **state)
{
	struct why_answer answer;

	(void)state;
	ask(answer_by_harm, 10, true, &answer);
	assert_true(answer.there);
	assert_string_equal(answer.text, "could:");
}

/* What its parent has open is not its own. */
static void test_files(void **state)
{
	struct why_answer answer;
	int socks[2], fd = make_dump();

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, socks), 0);
	ask(answer_by_files, 10, true, &answer);
	assert_true(answer.there);
	assert_string_equal(answer.text, "could: 1 sockets\n");
	assert_int_equal(lseek(fd, 0, SEEK_END), strlen(DUMP));
	close(socks[0]);
	close(socks[1]);
	close(fd);
}

/* A signal that savecore has blocked ends the wait. */
static void test_interrupted(void **state)
{
	struct why_answer answer;
	sigset_t set;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGTERM);
	ask(answer_never, 100, true, &answer);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	assert_false(answer.there);
	assert_string_equal(answer.reason, "interrupted");
}

/* It does not outlive savecore, whatever it does. */
static void test_orphan(void **state)
{
	int pipes[2], fd = make_dump();
	pid_t pid = 0, parent;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	parent = fork();
	if (!parent) {
		struct why_question question = { .name = "x" };
		struct why w;

		if (why_start(&w, answer_never) || why_give(&w, fd, 0, true) ||
		    why_write(w.sock, &question, sizeof(question)) ||
		    why_write(pipes[1], &w.pid, sizeof(w.pid)))
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	assert_int_equal(why_read(pipes[0], &pid, sizeof(pid)), 0);
	for (int i = 0; i < 100 && !kill(pid, 0); i++)
		poll(NULL, 0, 50);
	assert_int_equal(kill(pid, 0), -1);
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
}

/* Without the process there is no summary, and no harm. */
static void test_none(void **state)
{
	const struct why_question question = { .name = "livecore.0" };
	struct why w = { .sock = -1 };
	struct why_answer answer;

	(void)state;
	assert_int_equal(why_give(&w, 0, 0, true), -ESRCH);
	why_ask(&w, &question, 1, &answer);
	assert_false(answer.there);
	why_stop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_crash),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_bad_signature),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_harm),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_orphan),
		cmocka_unit_test(test_none),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
