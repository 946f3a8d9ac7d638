/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory.h - the copy of the kernel's memory in which lists are looked at.
 */
#ifndef LIVEDUMP_LISTS_MEMORY_H
#define LIVEDUMP_LISTS_MEMORY_H

#include "port/port.h"

#define LD_LISTS_PAGE	4096U

/* By the kernel's virtual addresses, which may be anything. */
struct ld_lists_memory {
	/* Read a number of 1, 2, 4 or 8 bytes at @addr. Returns 0 or -EFAULT. */
	int (*number)(struct ld_lists_memory *m, u64 addr, u32 size, u64 *value);
	/*
	 * Copy @nr pages at @addr, a multiple of LD_LISTS_PAGE, as they are now. Returns 0,
	 * or a negative errno if one is not there any more, or if no more is to be copied.
	 */
	int (*copy)(struct ld_lists_memory *m, u64 addr, unsigned int nr);
	/* Forget what is kept of the page at @addr, which was copied again. May be NULL. */
	void (*forget)(struct ld_lists_memory *m, u64 addr);
};

#endif
