// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_child.c - what a command inherits of the daemon, and what it does not.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "watch/child/child.h"

/* Of this process and its children. */
static bool *flusher;

/* Before the C library's: the kernel lets only a privileged process set this. */
int prctl(int option, ...)
{
	unsigned long arg[4];
	va_list ap;

	va_start(ap, option);
	for (int i = 0; i < 4; i++)
		arg[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (option == PR_SET_IO_FLUSHER)
		*flusher = (int)arg[0] != 0;
	return (int)syscall(SYS_prctl, option, arg[0], arg[1], arg[2], arg[3]);
}

/* Run @command. Returns its exit status. */
static int run(const char *command)
{
	int status, null = open("/dev/null", O_RDONLY);
	pid_t pid = child_fork(&null, 1);

	if (!pid)
		child_exec(command, null);
	close(null);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* It may wait for a disk to take some memory. */
static void test_flusher(void **state)
{
	(void)state;
	*flusher = true;
	assert_int_equal(run("exit 3"), 3);
	assert_false(*flusher);
}

/* And can be ended if memory is short. */
static void test_score(void **state)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	(void)state;
	assert_int_equal(write(fd, "100", 3), 3);
	assert_int_equal(run("read score </proc/self/oom_score_adj && exit $score"), 0);
	assert_int_equal(pwrite(fd, "0", 1, 0), 1);
	close(fd);
}

static int setup(void **state)
{
	(void)state;
	flusher = mmap(NULL, sizeof(*flusher), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	return flusher == MAP_FAILED;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flusher),
		cmocka_unit_test(test_score),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
