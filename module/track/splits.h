/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * splits.h - which large pages a dump splits, and the list of those that it has split.
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
	struct track_split_limits limits;
	u64 nr;
	u64 next;		/* entry of list to split or join next */
	u64 broken;		/* vaddr in GiB of the 1 GiB page that was split last */
};

/* Returns 0 or -ENOMEM. Close it in both cases. */
int track_splits_open(struct track_splits *splits, const struct track_tables *tables,
		      const struct ld_source *src);

/*
 * Request splits of all large pages of the array of struct pages, before any others. Request
 * none if hugetlb has optimized the array (HVO): it then maps a page frame many times, read-only.
 */
void track_splits_wish_array(struct track_splits *splits, const struct ld_source *src);

/*
 * Request splits of large pages of the direct map that were written, if some of their page
 * frames are in @kept.
 */
void track_splits_wish_written(struct track_splits *splits, const struct ld_map *kept);

/* Do the requested splits. Returns 0 or a negative errno. */
int track_splits_run(struct track_splits *splits);

/* Join all large pages again. */
void track_splits_close(struct track_splits *splits);

/* Wait until the tables of all closed lists are freed. */
void track_splits_exit(void);

#endif
