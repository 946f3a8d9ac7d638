// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_coredump.c - a process that asks for it leaves no core dump, whatever takes these.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/coredump.h"

static char dir[] = "/tmp/test_coredump.XXXXXX";

/* Whether the child leaves a core dump. It exits with 3 if it does not come to that. */
static int child_dumps_core(void)
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
	assert_false(child_dumps_core());
	assert_int_equal(rmdir(dir), 0);
}

/* For a program that core_pattern pipes it to, a limit of 0 is none. */
static void test_limits(void **state)
{
	struct rlimit limit;
	unsigned int filter = 1;
	FILE *f;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	coredump_forbid();
	coredump_forbid();
	if (limit.rlim_max) {
		assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
		assert_int_equal(limit.rlim_cur, 1);
		assert_int_equal(limit.rlim_max, 1);
	}
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
