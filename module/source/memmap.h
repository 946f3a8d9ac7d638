/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memmap.h - finds the page frames that hold the kernel's array of struct pages.
 */
#ifndef LIVEDUMP_MEMMAP_H
#define LIVEDUMP_MEMMAP_H

#include "core/control.h"
#include "core/source.h"

struct livedump_hold;
struct livedump_memmap;

/*
 * Look at the current RAM of @src. Sets *@map to NULL if the page frames cannot
 * be found; otherwise the caller frees it with livedump_memmap_close(). @hold is
 * one of the current thread's. Returns 0, -ENOMEM, or -ECANCELED.
 */
int livedump_memmap_open(struct livedump_memmap **map, const struct ld_source *src,
			 struct livedump_hold *hold, const struct ld_control *control);
void livedump_memmap_close(struct livedump_memmap *map);

/*
 * How many page frames the struct pages in page frame @pfn describe, or 0 if
 * it holds none, or is in the array more than once. Sets *@first to the first
 * page frame that they describe.
 */
unsigned int livedump_memmap_describes(const struct livedump_memmap *map, u64 pfn, u64 *first);

#endif
