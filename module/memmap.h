/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memmap.h - which page frames the kernel's array of struct pages is in.
 */
#ifndef LIVEDUMP_MEMMAP_H
#define LIVEDUMP_MEMMAP_H

#include "core/source.h"

struct livedump_memmap;

/*
 * Of the RAM of @src as it is now. *map is NULL where it is not known, and
 * otherwise the caller's until livedump_memmap_close(). Returns 0 or -ENOMEM.
 */
int livedump_memmap_open(struct livedump_memmap **map, const struct ld_source *src);
void livedump_memmap_close(struct livedump_memmap *map);

/*
 * How many page frames the struct pages in page frame @pfn describe, and the
 * first of them in *@first; 0 if there are none in it.
 */
unsigned int livedump_memmap_describes(const struct livedump_memmap *map, u64 pfn, u64 *first);

#endif
