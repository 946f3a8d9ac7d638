/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * split.h - splits large pages, so that a dirty bit stands for less memory, and joins
 * them again. As in walk.h, nobody else may change the tables meanwhile, and a TLB flush
 * on all processors has to follow.
 */
#ifndef LIVEDUMP_TRACK_SPLIT_H
#define LIVEDUMP_TRACK_SPLIT_H

#include "walk.h"

/*
 * The most large pages that a dump splits. A split takes 8 KiB: a page table, and its shadow
 * entries.
 */
struct track_split_limits {
	u64 array;	/* of the array of struct pages */
	u64 written;	/* of the direct map, which were written */
};

/*
 * The limits on a system with @frames page frames of RAM in @ranges ranges. There are enough
 * splits for all of the array: if part of it stayed in large pages, the more so the larger the
 * memory is, each write to one would have many page frames classified in the pause.
 *
 * If a struct page takes 64 bytes, the array's splits take 1/16384 of RAM, 512 MiB for 8 TiB,
 * and with any size at most 1/256. The others take at most 256 MiB, and 1/128 of RAM. They may
 * also use what the array leaves.
 */
struct track_split_limits track_split_limits(const struct track_tables *tables, u64 frames,
					     unsigned int ranges);

/* A large page that was split. */
struct track_split {
	u64 vaddr;
	u64 entry;		/* of the large page, without accessed and dirty bits */
	u64 pfn;		/* page frame of the table that maps it now */
	unsigned int level;	/* of the entry; 0: not split */
};

/*
 * Split the large page at split->vaddr. split->pfn is an empty table. @walk has
 * ended. If the page was written since, it is marked in the maps. Its shadow entries
 * become those of the small pages. Returns 0, -ENOSPC if the shadow has to grow, or
 * -EAGAIN if there is no such large page, or it cannot be split or has changed.
 */
int track_split(struct track_walk *walk, struct track_split *split);

/*
 * The level of the entry that maps @vaddr, as the last walk or split left it; 0: it maps nothing.
 * Nobody else may change the shadow meanwhile, but the system may run.
 */
unsigned int track_mapped_level(const struct track_walk *walk, u64 vaddr);

/*
 * Map it by a large page again. Returns 0 if the table is not used any more, or
 * -EAGAIN if its entries or its use have changed: the kernel owns the table from now on.
 */
int track_join(const struct track_tables *tables, const struct track_split *split);

#endif
