/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * zbud.h - recognize the pages of zbud, one of the pools that zswap can keep
 * compressed user memory in. Linux had it until 6.14.
 *
 * Nothing in the struct page of such a page tells that it is one. But the page
 * begins with zbud's header, which is linked in lists of such pages.
 */
#ifndef LIVEDUMP_ZBUD_H
#define LIVEDUMP_ZBUD_H

#include "port/port.h"

/* The kernel's memory by virtual address. */
struct ld_zbud_memory {
	u64 start;	/* the direct map of all memory */
	u64 end;
	u64 page_size;

	/* Copy @len bytes at @addr. Returns false if they cannot be read. */
	bool (*read)(const struct ld_zbud_memory *memory, u64 addr, void *buf, size_t len);
};

/*
 * Whether the page at @addr in the direct map belongs to zbud. To be asked only
 * of a page with one reference, no type, no mapping and no private data.
 */
bool ld_is_zbud(const struct ld_zbud_memory *memory, u64 addr);

#endif
