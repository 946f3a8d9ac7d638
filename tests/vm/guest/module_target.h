/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * module_target.h - shared by the tests of the file that a dump goes to.
 */
#ifndef MODULE_TARGET_H
#define MODULE_TARGET_H

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "module_test.h"

static int dev;
static const char *dir;
static char path[256];
static char *last_text;		/* of a dump in a child; shared memory */

static inline int dump_text(int fd, __u64 rate)
{
	struct livedump_arg arg = quick_arg(fd);
	int got;

	arg.rate = rate;
	got = dump(dev, &arg);
	strcpy(last_text, arg.result.text);
	return got;
}

/* A slow dump in a child, which is in stage write. */
static inline pid_t start_dump(int fd, __u64 rate)
{
	pid_t pid = must(fork(), "fork");

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(dump_text(fd, rate));
	}
	if (!wait_stage(dev, "write"))
		result("a dump runs", false, "it does not: %d, \"%s\"", reap(pid), last_text);
	return pid;
}

#define SLOW	((__u64)6 << 20)


static inline bool is_good(const char *file)
{
	char line[400];

	snprintf(line, sizeof(line), "savecore --verify %s >&2", file);
	return !system(line);
}

static inline void expect_good(const char *name, int got)
{
	result(name, !got && is_good(path), "errno %d (%s), \"%s\"", got, strerror(got), last_text);
}

static inline void expect_refused(const char *name, int got, int want, const char *text)
{
	result(name, got == want && strstr(last_text, text), "errno %d (%s), \"%s\"", got,
	       strerror(got), last_text);
}

struct target_test {
	const char *name;
	void (*run)(void);
};

/* Runs the test with this name in the directory. */
static inline int run_test(const struct target_test *tests, const char *name, const char *where)
{
	dir = where;
	snprintf(path, sizeof(path), "%s/target", dir);
	last_text = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	dev = open_device();
	for (; tests->name; tests++) {
		if (!strcmp(name, tests->name)) {
			tests->run();
			unlink(path);
			return failures != 0;
		}
	}
	return 2;
}

#endif
