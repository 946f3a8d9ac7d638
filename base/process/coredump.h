/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * coredump.h - no core dump of a process that holds memory of the kernel.
 */
#ifndef LIVEDUMP_COREDUMP_H
#define LIVEDUMP_COREDUMP_H

/*
 * What others keep of processes that crash, often where many can read it, shall have no
 * memory of the kernel. Call this before there is any. Children inherit it.
 */
void coredump_forbid(void);

#endif
