/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory.h - how much memory a dump may lock by default.
 */
#ifndef LIVEDUMP_MEMORY_H
#define LIVEDUMP_MEMORY_H

#include "port/port.h"

/* Parse MemAvailable from the text of /proc/meminfo. */
bool memory_available(const char *meminfo, u64 *bytes);

/*
 * Bytes that a dump may lock: half of the lower of @available and @cgroup_left.
 * With @kernel the memory is the kernel's, at most a quarter of @available: the
 * kernel cannot kill a process to get it back.
 */
u64 memory_share(u64 available, u64 cgroup_left, bool kernel);

/*
 * memory_share() for this machine, also if recorded memory is dumped. 0 if the
 * available memory is not known: the dump then locks no page buffer.
 */
u64 memory_default(bool kernel);

#endif
