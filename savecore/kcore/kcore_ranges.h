/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kcore_ranges.h - which page frames are RAM, and where in /proc/kcore they are.
 */
#ifndef LIVEDUMP_KCORE_RANGES_H
#define LIVEDUMP_KCORE_RANGES_H

#include "core/source.h"
#include "kcore_elf.h"

/* Page frames that follow one another in the file. */
struct kcore_extent {
	u64 start;
	u64 end;
	u64 offset;	/* of the first one in the file, in bytes */
};

struct kcore_ranges {
	struct kcore_extent *extent;	/* ascending, not overlapping */
	unsigned int nr_extents;
	struct ld_range *range;		/* RAM, ascending, not adjacent */
	unsigned int nr_ranges;
	bool crash_hidden;		/* memory of a crash kernel could not be told from it */
};

/*
 * Find RAM, without the memory that is reserved for a crash kernel by
 * /proc/iomem, which is open at @iomem. Fill in the addresses in @sys. Returns
 * 0, or a negative errno with @err set. @name and @iomem_name are the names of
 * the two files in messages.
 */
int kcore_ranges_find(struct kcore_ranges *r, const struct kcore_elf *elf, int iomem,
		      struct ld_system *sys, const char *name, const char *iomem_name,
		      struct error *err);
void kcore_ranges_free(struct kcore_ranges *r);

/* The first extent that ends after @pfn, or one past the last. */
const struct kcore_extent *kcore_ranges_extent(const struct kcore_ranges *r, u64 pfn);

#endif
