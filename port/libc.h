/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libc.h - what glibc has and other C libraries may lack: musl before 1.2.6 has no
 * renameat2(). Include it after the headers of the library.
 */
#ifndef LIVEDUMP_LIBC_H
#define LIVEDUMP_LIBC_H

#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE	1U

static inline int renameat2(int from_dir, const char *from, int to_dir, const char *to,
			    unsigned int flags)
{
	return (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}
#endif

#endif
