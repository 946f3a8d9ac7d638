// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rlimit.c - lower the limits of this process.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "port/procfile.h"
#include "rlimit.h"

void rlimit_lower(int resource, u64 value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit))
		return;
	if (limit.rlim_cur > value)
		limit.rlim_cur = value;
	if (limit.rlim_max > value)
		limit.rlim_max = value;
	/* A limit can always be lowered. */
	if (setrlimit(resource, &limit))
		errno = 0;
}

/* What the process has mapped, in bytes. */
static u64 rlimit_mapped(void)
{
	char text[128];

	if (procfile_read("/proc/self/statm", text, sizeof(text)) < 0)
		return 0;
	return strtoull(text, NULL, 10) * (u64)sysconf(_SC_PAGESIZE);
}

void rlimit_lower_space(u64 bytes)
{
	rlimit_lower(RLIMIT_AS, rlimit_mapped() + bytes);
}
