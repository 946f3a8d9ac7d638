// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cgroup.c - reads the limits of control groups, of both versions.
 */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cgroup.h"
#include "port/procfile.h"

#define ROOT	"/sys/fs/cgroup"

/* PAGE_COUNTER_MAX in bytes, of which version 1 says that there is no limit. */
#define V1_NONE	((u64)INT64_MAX / 4096 * 4096)

/*
 * The number after @key in a file of a cgroup, which @after follows. @none if it
 * is missing or "max".
 */
static u64 cgroup_read_number(const char *dir, const char *file, const char *key,
			      const char *after, u64 none)
{
	char path[PATH_MAX], text[PROCFILE_MAX];
	u64 value;

	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >= (int)sizeof(path))
		return none;
	procfile_read(path, text, sizeof(text));
	return procfile_number(text, key, after, &value) ? value : none;
}

/* What is left of @max. Page cache counts as free. */
static u64 cgroup_left(u64 max, u64 used, u64 cache)
{
	used -= cache < used ? cache : used;
	return max - (used < max ? used : max);
}

/* The bytes that one group may still use. */
static u64 cgroup_dir_left(const char *dir)
{
	u64 max = cgroup_read_number(dir, "memory.max", "", "\n", UINT64_MAX);
	u64 high = cgroup_read_number(dir, "memory.high", "", "\n", UINT64_MAX);
	u64 used = cgroup_read_number(dir, "memory.current", "", "\n", 0);
	u64 cache = cgroup_read_number(dir, "memory.stat", "inactive_file ", "\n", 0);

	if (high < max)
		max = high;
	if (max == UINT64_MAX)
		return max;
	return cgroup_left(max, used, cache);
}

static u64 cgroup_v1_dir_left(const char *dir)
{
	u64 max = cgroup_read_number(dir, "memory.limit_in_bytes", "", "\n", UINT64_MAX);
	u64 used = cgroup_read_number(dir, "memory.usage_in_bytes", "", "\n", 0);
	u64 cache = cgroup_read_number(dir, "memory.stat", "total_inactive_file ", "\n", 0);

	if (max >= V1_NONE)
		return UINT64_MAX;
	return cgroup_left(max, used, cache);
}

/* The processes that one group may still have. */
static u64 cgroup_dir_pids(const char *dir)
{
	u64 max = cgroup_read_number(dir, "pids.max", "", "\n", UINT64_MAX);
	u64 used = cgroup_read_number(dir, "pids.current", "", "\n", 0);

	return max == UINT64_MAX ? max : cgroup_left(max, used, 0);
}

/* 0 if one group limits processor time. */
static u64 cgroup_dir_time(const char *dir)
{
	u64 quota = cgroup_read_number(dir, "cpu.max", "", " ", UINT64_MAX);

	return quota == UINT64_MAX ? quota : 0;
}

/* Without a limit the quota is -1. */
static u64 cgroup_v1_dir_time(const char *dir)
{
	return cgroup_read_number(dir, "cpu.cfs_quota_us", "", "\n", UINT64_MAX) == UINT64_MAX ?
	       UINT64_MAX : 0;
}

/* 0 if all of one group are killed together. */
static u64 cgroup_dir_oom(const char *dir)
{
	return cgroup_read_number(dir, "memory.oom.group", "", "\n", 0) ? 0 : UINT64_MAX;
}

/*
 * The least that @read returns for @cgroup and the groups above it. The root of
 * a container can have limits as well.
 */
static u64 cgroup_least(const char *root, const char *cgroup, u64 (*read)(const char *dir))
{
	u64 least = UINT64_MAX;
	char dir[PATH_MAX];
	char *slash;

	if (snprintf(dir, sizeof(dir), "%s%s", root, cgroup) >= (int)sizeof(dir))
		return least;
	do {
		u64 value = read(dir);

		if (value < least)
			least = value;
		slash = strrchr(dir + strlen(root), '/');
		if (slash)
			*slash = '\0';
	} while (slash);
	return least;
}

u64 cgroup_memory_left(const char *root, const char *cgroup)
{
	return cgroup_least(root, cgroup, cgroup_dir_left);
}

bool cgroup_limits_time(const char *root, const char *cgroup)
{
	return !cgroup_least(root, cgroup, cgroup_dir_time);
}

bool cgroup_dies_together(const char *root, const char *cgroup)
{
	return !cgroup_least(root, cgroup, cgroup_dir_oom);
}

u64 cgroup_pids_left(const char *root, const char *cgroup)
{
	return cgroup_least(root, cgroup, cgroup_dir_pids);
}

u64 cgroup_v1_memory_left(const char *root, const char *cgroup)
{
	return cgroup_least(root, cgroup, cgroup_v1_dir_left);
}

bool cgroup_v1_limits_time(const char *root, const char *cgroup)
{
	return !cgroup_least(root, cgroup, cgroup_v1_dir_time);
}

/* Whether @list, of @len bytes, as "cpu,cpuacct", has @name. */
static bool cgroup_has_controller(const char *list, size_t len, const char *name)
{
	for (size_t at = 0, part; at < len; at += part + 1) {
		part = strcspn(list + at, ",:");
		if (part == strlen(name) && !memcmp(list + at, name, part))
			return true;
	}
	return false;
}

bool cgroup_find(const char *text, const char *controller, char *path, size_t size)
{
	for (const char *line = text, *end; *line; line = end + (*end == '\n')) {
		const char *list = line + strcspn(line, ":\n") + 1, *dir;
		bool found;

		end = line + strcspn(line, "\n");
		if (list[-1] != ':')
			continue;
		dir = list + strcspn(list, ":\n");
		if (*dir != ':')
			continue;
		/* That of version 2 has number 0 and no controllers. */
		found = *line == '0' && dir == list;
		if (*controller)
			found = cgroup_has_controller(list, (size_t)(dir - list), controller);
		if (!found)
			continue;
		dir++;
		return (size_t)snprintf(path, size, "%.*s", (int)strcspn(dir, "\n"), dir) < size;
	}
	return false;
}

/*
 * cgroup_least() for this process, by version 2, or with its @controller by version 1. In a
 * container the directory of that mount may be the group's own. UINT64_MAX if it has no group.
 */
static u64 cgroup_own_least(const char *controller, u64 (*read)(const char *dir))
{
	char text[8192], path[PATH_MAX], root[64];

	procfile_read("/proc/self/cgroup", text, sizeof(text));
	snprintf(root, sizeof(root), ROOT "%s%s", *controller ? "/" : "", controller);
	return cgroup_find(text, controller, path, sizeof(path)) ?
	       cgroup_least(root, path, read) : UINT64_MAX;
}

static u64 cgroup_lesser(u64 a, u64 b)
{
	return a < b ? a : b;
}

u64 cgroup_own_memory_left(void)
{
	return cgroup_lesser(cgroup_own_least("", cgroup_dir_left),
			     cgroup_own_least("memory", cgroup_v1_dir_left));
}

bool cgroup_own_limits_time(void)
{
	return !cgroup_own_least("", cgroup_dir_time) ||
	       !cgroup_own_least("cpu", cgroup_v1_dir_time);
}

bool cgroup_own_dies_together(void)
{
	return !cgroup_own_least("", cgroup_dir_oom);
}

u64 cgroup_own_pids_left(void)
{
	return cgroup_lesser(cgroup_own_least("", cgroup_dir_pids),
			     cgroup_own_least("pids", cgroup_dir_pids));
}

void cgroup_die_first(void)
{
	procfile_write("/proc/self/oom_score_adj", "1000");
}
