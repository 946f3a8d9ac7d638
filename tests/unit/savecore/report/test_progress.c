// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_progress.c - what is told while the output of a dump does not open.
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "savecore/report/progress.h"

#define HINT "name a directory on another file system, such as one in /run (memory)\n"

static const char *opening(void *arg)
{
	return arg;
}

/* A process whose dump is stuck while its output @name is opened, or later if it is NULL. */
static void be_stuck(int fd, char *name)
{
	struct ld_control control = { 0 };
	struct progress_config config = { .control = &control, .opening = opening, .arg = name };
	struct error err = { 0 };
	struct progress *p;

	dup2(fd, STDERR_FILENO);
	close(fd);
	/* A shell has its background jobs ignore SIGINT. */
	signal(SIGINT, SIG_DFL);
	alarm(60);
	progress_block_signals();
	if (!progress_start(&p, &config, &err))
		for (;;)
			pause();
	_exit(99);
}

/* Start it. Returns its standard error. */
static FILE *start(pid_t *pid, char *name)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	*pid = fork();
	assert_true(*pid >= 0);
	if (!*pid)
		be_stuck(fds[1], name);
	close(fds[1]);
	return fdopen(fds[0], "r");
}

/* End it with SIGINT, and read what it said since. */
static void end(pid_t pid, FILE *f, const char *want)
{
	char text[1024];
	size_t len;
	int status;

	kill(pid, SIGINT);
	len = fread(text, 1, sizeof(text) - 1, f);
	text[len] = '\0';
	assert_string_equal(text, want);
	fclose(f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 128 + SIGINT);
}

static void test_opening(void **state)
{
	char line[256], name[] = "/hung\033";
	pid_t pid;
	FILE *f;

	(void)state;
	f = start(&pid, name);
	/* Without a signal. */
	assert_non_null(fgets(line, sizeof(line), f));
	assert_string_equal(line, "savecore: waiting for /hung?: it does not answer: " HINT);
	end(pid, f, "savecore: Interrupt: /hung? does not answer, no dump was begun: " HINT);
}

static void test_open(void **state)
{
	pid_t pid;
	FILE *f;

	(void)state;
	f = start(&pid, NULL);
	usleep(300000);
	end(pid, f,
	    "savecore: Interrupt: savecore ended at once, the dump was discarded: run savecore again\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opening),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
