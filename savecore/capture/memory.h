/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory.h - how much memory a dump may pin when the user does not say.
 */
#ifndef LIVEDUMP_MEMORY_H
#define LIVEDUMP_MEMORY_H

#include "port/port.h"

/* MemAvailable in bytes, out of the text of /proc/meminfo. */
bool memory_available(const char *meminfo, u64 *bytes);

/*
 * Bytes that @cgroup, a path as in the last field of /proc/self/cgroup, may
 * still use before it, or one that it is in, gets to its memory.max or
 * memory.high; page cache that is easily let go of counts as free. @root is where
 * cgroup2 is mounted. UINT64_MAX: there is no limit, or none that can be read.
 * Source: Documentation/admin-guide/cgroup-v2.rst, Linux 6.1.
 */
u64 memory_cgroup_left(const char *root, const char *cgroup);

/*
 * What a dump may pin, in bytes: half of what is @available and @cgroup_left, or
 * a quarter of what is available if it will be the kernel's own, which no cgroup
 * limits: nobody can be killed for that.
 */
u64 memory_share(u64 available, u64 cgroup_left, bool kernel);

/*
 * That share of this machine's memory, whichever memory is dumped. 0 when it is
 * not known what is available: the dump then pins nothing.
 */
u64 memory_default(bool kernel);

#endif
