/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cgroup.h - the limits of control groups.
 *
 * @root is where cgroup2 is mounted, or the controller of version 1. @cgroup is a path as
 * in the last field of /proc/self/cgroup. A limit of any group above @cgroup counts as well.
 * Source: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst, Linux 6.1.
 */
#ifndef LIVEDUMP_CGROUP_H
#define LIVEDUMP_CGROUP_H

#include "port/port.h"

/*
 * Bytes that @cgroup may still use before it reaches memory.max or memory.high.
 * Inactive page cache counts as free. Returns UINT64_MAX if there is no limit
 * that can be read.
 */
u64 cgroup_memory_left(const char *root, const char *cgroup);

/* Processes and threads that @cgroup may still have by pids.max. UINT64_MAX: no limit. */
u64 cgroup_pids_left(const char *root, const char *cgroup);

/* Whether cpu.max limits the processor time of @cgroup. */
bool cgroup_limits_time(const char *root, const char *cgroup);

/*
 * Whether all of @cgroup, or of a group above it, is killed when one of it is to be: the
 * OOM killer takes the highest group whose memory.oom.group is 1.
 */
bool cgroup_dies_together(const char *root, const char *cgroup);

/* The first two for version 1, whose limits have other names. */
u64 cgroup_v1_memory_left(const char *root, const char *cgroup);
bool cgroup_v1_limits_time(const char *root, const char *cgroup);

/*
 * Find the group of @controller of version 1, or with "" of version 2, in @text, which is as
 * /proc/PID/cgroup. Returns whether it is there, and fits in @path of @size bytes.
 */
bool cgroup_find(const char *text, const char *controller, char *path, size_t size);

/* The same of this process, by both versions. */
u64 cgroup_own_memory_left(void);
bool cgroup_own_limits_time(void);
bool cgroup_own_dies_together(void);
u64 cgroup_own_pids_left(void);

/*
 * This process shall be the first that the OOM killer ends, so that no other is
 * ended because of the dump's memory, but those that die together with it. Errors are
 * ignored.
 */
void cgroup_die_first(void);

#endif
