// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * memory.c - how much memory a dump may lock by default.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"

/* The text after @key on the first line that begins with it. NULL: there is no such line. */
static const char *memory_find_key(const char *text, const char *key)
{
	while (strncmp(text, key, strlen(key))) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return text + strlen(key);
}

bool memory_available(const char *meminfo, u64 *bytes)
{
	const char *at = memory_find_key(meminfo, "MemAvailable:");
	unsigned long long kib;
	char *end;

	if (!at)
		return false;
	at += strspn(at, " \t");
	if (*at < '0' || *at > '9')
		return false;
	errno = 0;
	kib = strtoull(at, &end, 10);
	if (errno || strncmp(end, " kB", 3) || kib > UINT64_MAX >> 10)
		return false;
	*bytes = (u64)kib << 10;
	return true;
}

/* Read a file of /proc or cgroup2. @text is "" if it cannot be read. */
static void memory_read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;

	while (fd >= 0 && len < size - 1) {
		ssize_t n = read(fd, text + len, size - 1 - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	if (fd >= 0)
		close(fd);
}

/* The number after @key in a file of a cgroup. @none if it is missing or "max". */
static u64 cgroup_read_number(const char *dir, const char *file, const char *key, u64 none)
{
	char path[PATH_MAX], text[8192];
	unsigned long long value;
	const char *at;
	char *end;

	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >= (int)sizeof(path))
		return none;
	memory_read_file(path, text, sizeof(text));
	at = memory_find_key(text, key);
	if (!at || *at < '0' || *at > '9')
		return none;
	errno = 0;
	value = strtoull(at, &end, 10);
	return errno || *end != '\n' ? none : value;
}

u64 memory_cgroup_left(const char *root, const char *cgroup)
{
	u64 left = UINT64_MAX;
	char dir[PATH_MAX];
	char *slash;

	if (snprintf(dir, sizeof(dir), "%s%s", root, cgroup) >= (int)sizeof(dir))
		return left;
	/* The root of a container can have limits as well. */
	do {
		u64 max = cgroup_read_number(dir, "memory.max", "", UINT64_MAX);
		u64 high = cgroup_read_number(dir, "memory.high", "", UINT64_MAX);
		u64 used = cgroup_read_number(dir, "memory.current", "", 0);
		u64 cache = cgroup_read_number(dir, "memory.stat", "inactive_file ", 0);

		used -= cache < used ? cache : used;
		if (high < max)
			max = high;
		if (max != UINT64_MAX) {
			max -= used < max ? used : max;
			if (max < left)
				left = max;
		}
		slash = strrchr(dir + strlen(root), '/');
		if (slash)
			*slash = '\0';
	} while (slash);
	return left;
}

/* memory_cgroup_left() of this process. */
static u64 memory_own_cgroup_left(void)
{
	const char *cgroup;
	char text[8192];

	memory_read_file("/proc/self/cgroup", text, sizeof(text));
	cgroup = memory_find_key(text, "0::");	/* cgroup2's */
	if (!cgroup)
		return UINT64_MAX;
	text[cgroup - text + (ptrdiff_t)strcspn(cgroup, "\n")] = '\0';
	return memory_cgroup_left("/sys/fs/cgroup", cgroup);
}

u64 memory_share(u64 available, u64 cgroup_left, bool kernel)
{
	if (kernel)
		return available / 4;
	return (cgroup_left < available ? cgroup_left : available) / 2;
}

u64 memory_default(bool kernel)
{
	char text[8192];
	u64 bytes;

	memory_read_file("/proc/meminfo", text, sizeof(text));
	if (!memory_available(text, &bytes))
		return 0;
	return memory_share(bytes, memory_own_cgroup_left(), kernel);
}
