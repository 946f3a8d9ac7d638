// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * coredump.c - whatever core_pattern says, see core(5).
 */
#include <errno.h>
#include <sys/resource.h>

#include "coredump.h"
#include "port/procfile.h"

/*
 * A limit of 0 keeps a core dump from a file, but not from a program that core_pattern
 * pipes it to. The kernel takes one of 1 for such a program's own, and gives it none; for
 * a file that is too little as well (fs/coredump.c).
 */
void coredump_forbid(void)
{
	const struct rlimit one = { 1, 1 }, none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &one) && setrlimit(RLIMIT_CORE, &none))
		errno = 0;
	/* What is left for a handler that no limit keeps from it: registers, but no memory. */
	procfile_write("/proc/self/coredump_filter", "0");
}
