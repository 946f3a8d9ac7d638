/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * split.h - maps by small pages what is mapped by a large one, so that a dirty bit
 * stands for less memory, and undoes that. As in walk.h, nobody else changes the
 * tables meanwhile, and the translation buffers are flushed afterwards.
 */
#ifndef LIVEDUMP_TRACK_SPLIT_H
#define LIVEDUMP_TRACK_SPLIT_H

#include "walk.h"

/* A large page that was split. */
struct track_split {
	u64 vaddr;
	u64 entry;		/* that mapped it, without accessed and dirty */
	u64 pfn;		/* page frame of the table that maps it now */
	unsigned int level;	/* of the entry; 0: it is not split */
};

/*
 * Split the large page at split->vaddr. split->pfn is an empty table. @walk is one
 * that has ended; what was written to since is added to its maps, and its shadow is
 * as if the small pages had always been there. Returns 0, or -ENOSPC if the shadow
 * has to grow, or -EAGAIN if there is no such large page, or it is not as it was.
 */
int track_split(struct track_walk *walk, struct track_split *split);

/*
 * Map it by a large page again. Returns 0 if the table is not used any more, or
 * -EAGAIN if what it maps has changed: it is the kernel's then, for good.
 */
int track_join(const struct track_tables *tables, const struct track_split *split);

#endif
