// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * coredump.c - whatever core_pattern says, see core(5).
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "coredump.h"

/* What is left for a handler that no limit keeps from it: registers, but no memory. */
static void coredump_leave_out(void)
{
	int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "0", 1) != 1)
		errno = 0;
	close(fd);
}

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
	coredump_leave_out();
}
