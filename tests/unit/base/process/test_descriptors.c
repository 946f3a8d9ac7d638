// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_descriptors.c - which files a process keeps, with and without close_range(2).
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process/descriptors.h"

#define FIRST	100
#define NR	60

static bool kernel_lacks_close_range;

long syscall(long number, ...)
{
	unsigned int first, last;
	va_list args;

	assert_int_equal(number, SYS_close_range);
	va_start(args, number);
	first = va_arg(args, unsigned int);
	last = va_arg(args, unsigned int);
	va_end(args);
	if (!kernel_lacks_close_range)
		return close_range(first, last, 0);
	errno = ENOSYS;
	return -1;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* Exits with 0 if just what shall be open is. */
static void child_keeps(void)
{
	int keep[] = { FIRST + 50, FIRST - 3, FIRST + 7, FIRST + 8, FIRST + 7, FIRST };

	for (int fd = FIRST - 5; fd < FIRST + NR; fd++)
		if (dup2(STDERR_FILENO, fd) != fd)
			_exit(2);
	descriptors_close_from(FIRST - 1, keep, sizeof(keep) / sizeof(*keep));
	for (int fd = FIRST - 5; fd < FIRST + NR; fd++) {
		bool kept = fd < FIRST - 1 || fd == FIRST || fd == FIRST + 7 ||
			fd == FIRST + 8 || fd == FIRST + 50;

		if (is_open(fd) != kept)
			_exit(3);
	}
	_exit(0);
}

static void check_keeps(bool lacks)
{
	int status;
	pid_t pid;

	kernel_lacks_close_range = lacks;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		child_keeps();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_keeps(void **state)
{
	(void)state;
	check_keeps(false);
	check_keeps(true);
}

static void test_open_again(void **state)
{
	int fd = memfd_create("dump", MFD_CLOEXEC), again;
	char byte;

	(void)state;
	assert_int_equal(write(fd, "x", 1), 1);
	again = descriptors_open_again(fd);
	assert_true(again >= 0);
	assert_int_equal(write(again, "y", 1), -1);
	assert_int_equal(read(again, &byte, 1), 1);
	assert_int_equal(byte, 'x');
	assert_int_equal(fcntl(again, F_GETFD), FD_CLOEXEC);
	/* Its locks are its own. */
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(flock(again, LOCK_EX | LOCK_NB), -1);
	close(again);
	close(fd);
	assert_int_equal(descriptors_open_again(fd), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps),
		cmocka_unit_test(test_open_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
