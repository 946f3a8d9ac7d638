// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * memory.c - how much memory a dump may lock by default.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "memory.h"

bool memory_available(const char *meminfo, u64 *bytes)
{
	const char *at = cgroup_find_key(meminfo, "MemAvailable:");
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

u64 memory_share(u64 available, u64 cgroup_left, bool kernel)
{
	u64 share = available / (kernel ? 4 : 2);

	return cgroup_left / 2 < share ? cgroup_left / 2 : share;
}

u64 memory_default(bool kernel)
{
	char text[8192];
	u64 bytes;

	cgroup_read_file("/proc/meminfo", text, sizeof(text));
	if (!memory_available(text, &bytes))
		return 0;
	return memory_share(bytes, cgroup_own_memory_left(), kernel);
}
