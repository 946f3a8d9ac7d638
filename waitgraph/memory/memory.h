/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory.h - memory of the kernel in a dump, at its virtual addresses. What is not
 * in the dump, or not mapped, cannot be read; that is not an error of the dump.
 */
#ifndef LIVEDUMP_WAITGRAPH_MEMORY_H
#define LIVEDUMP_WAITGRAPH_MEMORY_H

#include "port/port.h"

#define MEMORY_PAGE	4096U
#define MEMORY_SLOTS	4096U		/* pages in the cache: 16 MiB */

struct memory_ops {
	/*
	 * Copy the page at @addr, a multiple of MEMORY_PAGE, to @page, which may have any
	 * alignment. Returns 0 or -EFAULT.
	 */
	int (*read_page)(void *ctx, u64 addr, void *page);

	/*
	 * The page at @addr itself, which stays where it is until memory_close(), or NULL if
	 * it cannot be read. NULL: pages are copied by read_page().
	 */
	const void *(*find_page)(void *ctx, u64 addr);

	/* Forget what it has kept of what was read. NULL: it keeps nothing. */
	void (*forget)(void *ctx);
};

struct memory_slot {
	u64 page;			/* address + 1; 0: nothing in the slot */
	const u8 *at;			/* NULL: the page cannot be read */
};

struct memory {
	const struct memory_ops *ops;
	void *ctx;			/* for ops */
	struct memory_slot *slots;
	u8 *pages;			/* a page for each slot; NULL with find_page() */
};

/* Returns 0 or -ENOMEM. After success the caller must call memory_close(). */
int memory_open(struct memory *m, const struct memory_ops *ops, void *ctx);

/* Read again what has been read, all of it or the page at @addr. */
void memory_forget(struct memory *m);
void memory_forget_page(struct memory *m, u64 addr);

/* @m may also be zeroed. */
void memory_close(struct memory *m);

/* Copy @len bytes at @addr to @buf. Returns 0 or -EFAULT; @buf is then undefined. */
int memory_read(struct memory *m, u64 addr, void *buf, size_t len);

/* Read a number of 1, 2, 4 or 8 bytes. Returns 0 or -EFAULT. */
int memory_number(struct memory *m, u64 addr, size_t size, u64 *value);
int memory_u64(struct memory *m, u64 addr, u64 *value);

/*
 * Copy a string with its NUL to @buf, which has @size bytes. A longer one is cut.
 * Returns 0 or -EFAULT.
 */
int memory_string(struct memory *m, u64 addr, char *buf, size_t size);

#endif
