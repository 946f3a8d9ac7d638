/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory.h - how much memory a dump may pin when the user does not say.
 */
#ifndef LIVEDUMP_MEMORY_H
#define LIVEDUMP_MEMORY_H

#include "../core/port.h"

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
 * Half of what this machine has available, whichever memory is dumped, and its
 * cgroup may use, or a quarter of it if it will be the kernel's own, which no
 * cgroup limits: nobody can be killed for that. 0 when it is not known: the
 * dump then pins nothing.
 */
u64 memory_default(bool kernel);

#endif
