/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * split.h - splits large pages, so that a dirty bit stands for less memory, and joins
 * them again. As in walk.h, nobody else may change the tables meanwhile, and a TLB flush
 * on all processors has to follow.
 */
#ifndef LIVEDUMP_TRACK_SPLIT_H
#define LIVEDUMP_TRACK_SPLIT_H

#include "walk.h"

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
 * Map it by a large page again. Returns 0 if the table is not used any more, or
 * -EAGAIN if its entries or its use have changed: the kernel owns the table from now on.
 */
int track_join(const struct track_tables *tables, const struct track_split *split);

#endif
