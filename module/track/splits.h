/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * splits.h - all large pages that were split for a dump.
 */
#ifndef LIVEDUMP_TRACK_SPLITS_H
#define LIVEDUMP_TRACK_SPLITS_H

#include "module/tables/split.h"
#include "slice.h"

struct splits_retired;

struct track_splits {
	struct track_slice *slice;
	struct track_walk *walk;
	struct track_split *list;
	struct splits_retired *retired;
	u64 capacity;
	u64 nr;
	u64 next;		/* the one that is to be split, or joined, next */
	u64 broken;		/* the GiB whose one large page was split last */
};

int track_splits_open(struct track_splits *splits, u64 frames);

/* Wish that the large page at @vaddr is split. False if there are too many. May sleep. */
bool track_splits_wish(struct track_splits *splits, u64 vaddr);

/* Split what was wished. Returns 0 or a negative errno. */
int track_splits_run(struct track_splits *splits);

/* Undo all. */
void track_splits_close(struct track_splits *splits);

/* Wait until all that was undone is freed. */
void track_splits_exit(void);

#endif
