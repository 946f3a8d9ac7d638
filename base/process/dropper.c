// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * dropper.c - a program asks by one pipe, and is answered by another one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "descriptors.h"
#include "dropper.h"

/* In this time gigabytes are dropped. */
#define DROPPER_WAIT_MS	5000

enum dropper_state {
	DROPPER_NONE,		/* the program drops its files itself */
	DROPPER_RUNS,
	DROPPER_LOST,		/* nothing is dropped or waited for any more */
};

/* Shorter than PIPE_BUF, so it is written as a whole. */
struct dropper_request {
	s64 fd;			/* -1: nothing to drop, but a byte is to be written */
	u64 off;
	u64 len;
};

/* Set before the program has threads that drop files; then only state changes. */
static struct {
	enum dropper_state state;
	int to;
	int from;
} dropper = { .to = -1, .from = -1 };

static enum dropper_state dropper_state(void)
{
	return __atomic_load_n(&dropper.state, __ATOMIC_ACQUIRE);
}

static void dropper_set(enum dropper_state state)
{
	__atomic_store_n(&dropper.state, state, __ATOMIC_RELEASE);
}

static void dropper_open_again(int fd)
{
	int again = descriptors_open_again(fd);

	if (again < 0)
		return;
	dup2(again, fd);
	close(again);
}

static void dropper_serve(int from, int to)
{
	struct dropper_request req;
	ssize_t n;

	for (;;) {
		n = read(from, &req, sizeof(req));
		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof(req))
			return;
		if (req.fd >= 0)
			posix_fadvise((int)req.fd, (off_t)req.off, (off_t)req.len,
				      POSIX_FADV_DONTNEED);
		else if (write(to, "", 1) != 1)
			return;
	}
}

/* Pipes and the like have nothing there, and shall end with the program. */
static bool dropper_is_cached(int fd)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode));
}

/* @keep: the two pipes, and @nr files. */
static void __attribute__((noreturn))
dropper_child(const struct dropper_params *p, int *keep, size_t nr)
{
	int from = keep[0], to = keep[1];

	nr += 2;
	descriptors_close_from(0, keep, nr);
	for (size_t i = 0; i < nr; i++)
		if (keep[i] != from && keep[i] != to)
			dropper_open_again(keep[i]);
	prctl(PR_SET_NAME, "savecore-drop");
	if (!p->confine())
		dropper_serve(from, to);
	/* Who waits for the end of @to may unmount their file system then. */
	for (size_t i = 0; i < nr; i++)
		if (keep[i] != to)
			close(keep[i]);
	_exit(EXIT_SUCCESS);
}

void dropper_start(const struct dropper_params *p)
{
	int keep[2 + DROPPER_FILES_MAX], to[2], from[2];
	size_t nr = 0;
	pid_t pid;

	dropper_set(DROPPER_LOST);
	for (unsigned int i = 0; i < p->nr && i < DROPPER_FILES_MAX; i++)
		if (dropper_is_cached(p->fds[i]))
			keep[2 + nr++] = p->fds[i];
	if (!nr || pipe2(to, O_CLOEXEC))
		return;
	if (pipe2(from, O_CLOEXEC)) {
		close(to[0]);
		close(to[1]);
		return;
	}
	keep[0] = to[0];
	keep[1] = from[1];
	pid = fork();
	if (!pid)
		dropper_child(p, keep, nr);
	close(to[0]);
	close(from[1]);
	if (pid < 0 || fcntl(to[1], F_SETFL, O_NONBLOCK)) {
		close(to[1]);
		close(from[0]);
		return;
	}
	dropper.to = to[1];
	dropper.from = from[0];
	dropper_set(DROPPER_RUNS);
}

bool dropper_runs(void)
{
	return dropper_state() == DROPPER_RUNS;
}

void dropper_forbid(void)
{
	dropper_set(DROPPER_LOST);
}

static bool dropper_ask(const struct dropper_request *req)
{
	return write(dropper.to, req, sizeof(*req)) == sizeof(*req);
}

void dropper_drop(int fd, u64 off, u64 len)
{
	const struct dropper_request req = { .fd = fd, .off = off, .len = len };

	if (dropper_state() == DROPPER_NONE)
		posix_fadvise(fd, (off_t)off, (off_t)len, POSIX_FADV_DONTNEED);
	else if (dropper_runs())
		dropper_ask(&req);
}

/* Wait for one of @events, or the other end's, until @end. */
static bool dropper_poll(int fd, short events, u64 end)
{
	struct pollfd p = { .fd = fd, .events = events };
	u64 now;
	int ret;

	do {
		now = port_now_ns();
		ret = now < end ? poll(&p, 1, (int)((end - now) / 1000000) + 1) : 0;
	} while (ret < 0 && errno == EINTR);
	return ret > 0;
}

bool dropper_wait(void)
{
	static const struct dropper_request ask = { .fd = -1 };
	u64 end = port_now_ns() + DROPPER_WAIT_MS * 1000000ULL;
	char answer;

	if (!dropper_runs())
		return dropper_state() == DROPPER_NONE;
	if (dropper_poll(dropper.to, POLLOUT, end) && dropper_ask(&ask) &&
	    dropper_poll(dropper.from, POLLIN, end) && read(dropper.from, &answer, 1) == 1)
		return true;
	dropper_set(DROPPER_LOST);
	return false;
}

void dropper_end(void)
{
	bool answers = dropper_wait();

	if (dropper.to < 0)
		return;
	dropper_set(DROPPER_LOST);
	close(dropper.to);
	if (answers)
		dropper_poll(dropper.from, 0, port_now_ns() + DROPPER_WAIT_MS * 1000000ULL);
	close(dropper.from);
	dropper.to = -1;
	dropper.from = -1;
}
