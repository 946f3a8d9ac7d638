/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * module_test.h - shared by the tests of /dev/livedump. Results go to fd 3, like
 * the results of cases.
 */
#ifndef MODULE_TEST_H
#define MODULE_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>

#include "../../../include/uapi/livedump.h"

static int failures;

/* One check: its name, whether it holds, and what was seen. */
__attribute__((format(printf, 3, 4)))
static inline void result(const char *name, bool good, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dprintf(3, "%s %s%s%s\n", good ? "ok" : "FAIL", name, good ? "" : ": ", good ? "" : text);
	printf("# %s: %s\n", name, text);
	fflush(stdout);
	failures += !good;
}

__attribute__((format(printf, 1, 2)))
static inline void tell(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	dprintf(3, "info ");
	vdprintf(3, fmt, ap);
	dprintf(3, "\n");
	va_end(ap);
}

static inline double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static inline void sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static inline int must(int rc, const char *what)
{
	if (rc < 0) {
		result(what, false, "%s", strerror(errno));
		exit(1);
	}
	return rc;
}

static inline int open_device(void)
{
	return must(open(LIVEDUMP_DEVICE, O_RDWR | O_CLOEXEC), "open device");
}

static inline int open_new(const char *path)
{
	unlink(path);
	return must(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), path);
}

/* The quickest valid dump. */
static inline struct livedump_arg quick_arg(int fd)
{
	struct livedump_arg arg = {
		.size = sizeof(arg),
		.fd = fd,
		.compression = LIVEDUMP_COMP_LZO,
		.dump_level = LIVEDUMP_LEVEL_MAX,
	};

	return arg;
}

/* 0 or the errno. */
static inline int dump(int dev, struct livedump_arg *arg)
{
	return ioctl(dev, LIVEDUMP_IOC_DUMP, arg) ? errno : 0;
}

/* The dump level of dump_child(): from LIVEDUMP_LEVEL_MAX down to 0, all memory. */
static unsigned int child_level = LIVEDUMP_LEVEL_MAX;

/* A child that takes one dump and exits with its errno. */
static inline pid_t dump_child(const char *path, __u64 flags)
{
	pid_t pid = must(fork(), "fork");
	struct livedump_arg arg;
	int dev;

	if (pid)
		return pid;
	dev = open(LIVEDUMP_DEVICE, O_RDWR);
	arg = quick_arg(open(path, O_RDWR | O_CREAT, 0600));
	arg.flags = flags;
	arg.dump_level = child_level;
	if (!child_level)
		arg.compression = LIVEDUMP_COMP_NONE;
	_exit(dev < 0 || arg.fd < 0 ? 255 : dump(dev, &arg));
}

/* The errno, or 1000 + the signal. */
static inline int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static inline off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : st.st_size;
}

/* The device's line. @dev stays open, so no capability is needed later. */
static inline void progress(int dev, char *line, size_t size)
{
	ssize_t n = pread(dev, line, size - 1, 0);

	line[n > 0 ? n : 0] = '\0';
}

/* Wait until a dump in stage @stage has done something. False after 20 s. */
static inline bool wait_stage(int dev, const char *stage)
{
	double end = now() + 20;
	char line[256], want[32];

	snprintf(want, sizeof(want), "stage=%s done=", stage);
	while (now() < end) {
		const char *at;

		progress(dev, line, sizeof(line));
		at = strstr(line, want);
		if (at && at[strlen(want)] != '0')
			return true;
		sleep_ms(1);
	}
	return false;
}

static inline bool drop_cap(unsigned int cap)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return false;
	data[0].effective &= ~(1U << cap);
	data[0].permitted &= ~(1U << cap);
	data[0].inheritable &= ~(1U << cap);
	return !syscall(SYS_capset, &head, data);
}

#endif
