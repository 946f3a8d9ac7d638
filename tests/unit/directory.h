/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * directory.h - an empty directory for each test, and what is in it. Include it after
 * cmocka.h, in a file that defines _GNU_SOURCE.
 */
#ifndef LIVEDUMP_TEST_DIRECTORY_H
#define LIVEDUMP_TEST_DIRECTORY_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/tree.h"

static char top[64];
static int dir;

static inline int directory_setup(void **state)
{
	(void)state;
	strcpy(top, "/tmp/livedump-test.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static inline int directory_teardown(void **state)
{
	(void)state;
	close(dir);
	return tree_remove(top);
}

static inline void make_bytes(const char *name, const char *bytes, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static inline void make_file(const char *name, const char *text)
{
	make_bytes(name, text, strlen(text));
}

static inline bool exists(const char *name)
{
	struct stat st;

	return !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);
}

static inline void expect_content(const char *name, const char *text)
{
	char buf[256];
	ssize_t n;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail_msg("%s: %s", name, strerror(errno));
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	assert_true(n >= 0);
	buf[n] = '\0';
	assert_string_equal(buf, text);
}

static inline void expect_link(const char *name, const char *target)
{
	char buf[64];
	ssize_t n = readlinkat(dir, name, buf, sizeof(buf) - 1);

	assert_true(n > 0);
	buf[n] = '\0';
	assert_string_equal(buf, target);
}

static inline int count_files(void)
{
	char command[128];
	int n = -1;
	FILE *f;

	snprintf(command, sizeof(command), "ls -A %s | wc -l", top);
	f = popen(command, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &n), 1);
	pclose(f);
	return n;
}

#endif
