// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_dropper.c - the process that drops files from the page cache: what it is asked for,
 * which files it has, and that nobody waits for it for ever.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process/dropper.h"
#include "base/process/pagecache.h"

#define CALLS_MAX	64U
#define GIB		(1ULL << 30)
#define NEVER_S		60U

/* What the kernel was asked for, by any process. */
struct kernel {
	pid_t pid[CALLS_MAX];
	int fd[CALLS_MAX];
	u64 off[CALLS_MAX], len[CALLS_MAX];
	unsigned int calls;
	bool stuck;		/* the call does not return */
	bool sees_pipe;		/* the process has a pipe of the program */
	bool writes;		/* it could write to the file */
	int pipe;
};

static struct kernel *kernel;

int posix_fadvise64(int fd, off64_t off, off64_t len, int advice)
{
	unsigned int i = __atomic_fetch_add(&kernel->calls, 1, __ATOMIC_SEQ_CST);

	assert_int_equal(advice, POSIX_FADV_DONTNEED);
	if (i < CALLS_MAX) {
		kernel->pid[i] = getpid();
		kernel->fd[i] = fd;
		kernel->off[i] = (u64)off;
		kernel->len[i] = (u64)len;
	}
	kernel->writes = (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
	kernel->sees_pipe = fcntl(kernel->pipe, F_GETFD) >= 0;
	if (kernel->stuck)
		sleep(NEVER_S);
	return 0;
}

static int confine_nothing(void)
{
	return 0;
}

static int confine_fails(void)
{
	return -EPERM;
}

/* In a process of its own, as a program has but one dropper. */
static void in_program(void (*program)(void))
{
	pid_t pid;
	int status;

	kernel = mmap(NULL, sizeof(*kernel), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	assert_true(kernel != MAP_FAILED);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		signal(SIGPIPE, SIG_IGN);
		program();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Ends the program with another status than 0. */
static void need(bool good, int line)
{
	if (!good)
		_exit(line > 255 ? 255 : line);
}

#define NEED(good)	need(good, __LINE__)

static int file_of(u64 bytes)
{
	int fd = memfd_create("dump", MFD_CLOEXEC);

	NEED(fd >= 0 && !ftruncate(fd, (off_t)bytes));
	return fd;
}

static int start(int fd, int (*confine)(void))
{
	int fds[3] = { -1, fd, 0 }, pipes[2];

	NEED(!pipe(pipes));
	kernel->pipe = pipes[1];
	fds[2] = pipes[0];
	dropper_start(&(struct dropper_params){ .fds = fds, .nr = 3, .confine = confine });
	return pipes[0];
}

static void program_asks(void)
{
	int fd = file_of(3 * GIB + 5), pipe;
	u64 left;

	for (u64 i = 1; i < 4; i++)
		NEED(pwrite(fd, "x", 1, (off_t)(i * GIB)) == 1);
	pipe = start(fd, confine_nothing);
	dropper_drop(fd, 4096, 8192);
	NEED(dropper_wait());
	NEED(kernel->calls == 1 && kernel->pid[0] != getpid() && kernel->fd[0] == fd);
	NEED(kernel->off[0] == 4096 && kernel->len[0] == 8192);
	NEED(!kernel->sees_pipe && !kernel->writes);
	NEED(fcntl(pipe, F_GETFD) >= 0);
	NEED(!cache_sync_and_drop(fd, &left));
	NEED(kernel->calls == 5);
	for (u64 i = 0; i < 4; i++)
		NEED(kernel->off[1 + i] == i * GIB && kernel->len[1 + i] == (i < 3 ? GIB : 0));
	cache_drop(fd);
	dropper_end();
	NEED(kernel->calls == 6);
	/* It has closed its files, and ends. */
	NEED(wait(NULL) > 0);
	cache_drop(fd);
	NEED(kernel->calls == 6);
	NEED(!dropper_wait());
}

static void test_asks(void **state)
{
	(void)state;
	in_program(program_asks);
}

/* A hole takes no longer than what is before it. */
static void program_hole(void)
{
	int fd = file_of(1ULL << 62);
	u64 left;

	NEED(pwrite(fd, "x", 1, (off_t)(100 * GIB)) == 1 && lseek(fd, 5, SEEK_SET) == 5);
	start(fd, confine_nothing);
	NEED(!cache_sync_and_drop(fd, &left));
	NEED(kernel->calls == 2 && lseek(fd, 0, SEEK_CUR) == 5);
	NEED(!kernel->off[0] && kernel->len[0] == 100 * GIB);
	NEED(kernel->off[1] == 100 * GIB && !kernel->len[1]);
}

static void test_hole(void **state)
{
	(void)state;
	in_program(program_hole);
}

/* It ended 60 s later: the program itself made the call. */
static void program_stuck(void)
{
	int fd = file_of(3 * GIB), again, pipe;
	struct pollfd p = { 0 };
	u64 begin = port_now_ns(), left;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	NEED(again >= 0 && !flock(fd, LOCK_EX) && flock(again, LOCK_EX | LOCK_NB));
	kernel->stuck = true;
	pipe = start(fd, confine_nothing);
	cache_drop(fd);
	NEED(port_now_ns() - begin < 2000000000ULL);
	NEED(!cache_sync_and_drop(fd, &left));
	for (int i = 0; i < 1000; i++)
		cache_drop(fd);
	dropper_end();
	NEED(port_now_ns() - begin < 20000000000ULL);
	NEED(kernel->calls == 1);
	/* Who reads what the program writes sees its end nevertheless, and its lock is free. */
	close(kernel->pipe);
	p = (struct pollfd){ .fd = pipe, .events = POLLIN };
	NEED(poll(&p, 1, 0) == 1 && p.revents & POLLHUP);
	close(fd);
	NEED(!flock(again, LOCK_EX | LOCK_NB));
}

static void test_stuck(void **state)
{
	(void)state;
	in_program(program_stuck);
}

/* More than a pipe holds: what does not fit is left out. */
static void program_floods(void)
{
	int fd = file_of(4096);

	kernel->stuck = true;
	start(fd, confine_nothing);
	for (int i = 0; i < 100000; i++)
		cache_drop(fd);
	NEED(!dropper_wait());
}

static void test_floods(void **state)
{
	(void)state;
	in_program(program_floods);
}

static void program_without(void)
{
	int fd = file_of(4096), pipes[2];
	struct dropper_params p;

	kernel->pipe = -1;
	cache_drop(fd);
	NEED(kernel->calls == 1 && kernel->pid[0] == getpid());
	NEED(dropper_wait());
	/* There is no process for what has nothing in the page cache. */
	NEED(!pipe(pipes));
	p = (struct dropper_params){ .fds = pipes, .nr = 2, .confine = confine_nothing };
	dropper_start(&p);
	NEED(wait(NULL) < 0 && errno == ECHILD);
	cache_drop(fd);
	NEED(kernel->calls == 1);
}

static void test_without(void **state)
{
	(void)state;
	in_program(program_without);
}

static void program_unconfined(void)
{
	int fd = file_of(4096);

	start(fd, confine_fails);
	NEED(wait(NULL) > 0);
	cache_drop(fd);
	NEED(!dropper_wait());
	NEED(!kernel->calls);
}

/* If it cannot be confined there is none. */
static void test_unconfined(void **state)
{
	(void)state;
	in_program(program_unconfined);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asks),
		cmocka_unit_test(test_hole),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_unconfined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
