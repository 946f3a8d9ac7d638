// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cgroup.c - reads the limits of control groups, version 2.
 */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cgroup.h"
#include "port/procfile.h"

#define ROOT	"/sys/fs/cgroup"

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
	used -= cache < used ? cache : used;
	return max - (used < max ? used : max);
}

/* The processes that one group may still have. */
static u64 cgroup_dir_pids(const char *dir)
{
	u64 max = cgroup_read_number(dir, "pids.max", "", "\n", UINT64_MAX);
	u64 used = cgroup_read_number(dir, "pids.current", "", "\n", 0);

	return max == UINT64_MAX ? max : max - (used < max ? used : max);
}

/* 0 if one group limits processor time. */
static u64 cgroup_dir_time(const char *dir)
{
	u64 quota = cgroup_read_number(dir, "cpu.max", "", " ", UINT64_MAX);

	return quota == UINT64_MAX ? quota : 0;
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

/* The cgroup of this process, in @text. NULL if it has none. */
static const char *cgroup_own(char *text, size_t size)
{
	const char *cgroup;

	procfile_read("/proc/self/cgroup", text, size);
	cgroup = procfile_find(text, "0::");	/* cgroup2's */
	if (cgroup)
		text[cgroup - text + (ptrdiff_t)strcspn(cgroup, "\n")] = '\0';
	return cgroup;
}

u64 cgroup_own_memory_left(void)
{
	char text[8192];
	const char *cgroup = cgroup_own(text, sizeof(text));

	return cgroup ? cgroup_memory_left(ROOT, cgroup) : UINT64_MAX;
}

bool cgroup_own_limits_time(void)
{
	char text[8192];
	const char *cgroup = cgroup_own(text, sizeof(text));

	return cgroup && cgroup_limits_time(ROOT, cgroup);
}

bool cgroup_own_dies_together(void)
{
	char text[8192];
	const char *cgroup = cgroup_own(text, sizeof(text));

	return cgroup && cgroup_dies_together(ROOT, cgroup);
}

u64 cgroup_own_pids_left(void)
{
	char text[8192];
	const char *cgroup = cgroup_own(text, sizeof(text));

	return cgroup ? cgroup_pids_left(ROOT, cgroup) : UINT64_MAX;
}

void cgroup_die_first(void)
{
	procfile_write("/proc/self/oom_score_adj", "1000");
}
