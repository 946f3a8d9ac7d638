// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_coredump.c - a process that asks for it leaves no core dump, whatever takes these.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process/coredump.h"
#include "tests/unit/tree.h"

static char dir[] = "/tmp/test_coredump.XXXXXX";

/*
 * Whether a child leaves a core dump, which asks for none if @forbids. It exits with 3 if it
 * does not come to that.
 */
static bool child_dumps_core(bool forbids)
{
	struct rlimit limit;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		/* The sanitizers have lowered it. */
		if (chdir(dir) || getrlimit(RLIMIT_CORE, &limit))
			_exit(3);
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_CORE, &limit))
			_exit(3);
		if (forbids)
			coredump_forbid();
		signal(SIGQUIT, SIG_DFL);
		raise(SIGQUIT);
		_exit(3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGQUIT);
	return WCOREDUMP(status);
}

static void test_none(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	/* Elsewhere nothing would come of it, whatever is forbidden: test_limits() is all. */
	if (!child_dumps_core(false))
		print_message("no process of this machine leaves a core dump\n");
	assert_false(child_dumps_core(true));
	assert_int_equal(tree_remove(dir), 0);
}

/* For a program that core_pattern pipes it to, a limit of 0 is none. */
static void test_limits(void **state)
{
	struct rlimit limit;
	unsigned int filter = 1, one;
	FILE *f;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	/* An ordinary user cannot raise a limit of 0. */
	one = limit.rlim_max || !geteuid();
	coredump_forbid();
	coredump_forbid();
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	assert_int_equal(limit.rlim_cur, one);
	assert_int_equal(limit.rlim_max, one);
	f = fopen("/proc/self/coredump_filter", "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%x", &filter), 1);
	fclose(f);
	assert_int_equal(filter, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
