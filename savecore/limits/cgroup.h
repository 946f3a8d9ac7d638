/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cgroup.h - the limits of control groups, version 2.
 *
 * @root is where cgroup2 is mounted. @cgroup is a path as in the last field of
 * /proc/self/cgroup. A limit of any group above @cgroup counts as well.
 * Source: Documentation/admin-guide/cgroup-v2.rst, Linux 6.1.
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

/* The same of this process. */
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
