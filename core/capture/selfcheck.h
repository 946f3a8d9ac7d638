/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * selfcheck.h - a test of freezes: all page frames are copied twice in the
 * pause, and the copies are compared. Without params.selfcheck, open, close,
 * add_round and compare do nothing. The others also serve pre-copy.
 */
#ifndef LIVEDUMP_SELFCHECK_H
#define LIVEDUMP_SELFCHECK_H

#include "capture.h"
#include "core/flow/stage.h"

/* How two pages differ. */
enum ld_pages {
	LD_PAGES_SAME,
	LD_PAGES_MARKED,	/* as page tables, only in accessed and dirty bits */
	LD_PAGES_DIFFER,
};

/* Compare two pages of @src. NULL is a page of zeros. */
enum ld_pages ld_selfcheck_pages(const struct ld_source *src, const void *page, const void *other);

/*
 * Set the checksums in the record of a page that is written early. NULL is a page of zeros.
 * Then compare a page with page frame @pfn in the file, which has to be valid there.
 */
void ld_selfcheck_record(const struct ld_source *src, const void *page, u64 pfn,
			 struct ld_early_page *record);
enum ld_pages ld_selfcheck_early(const struct ld_pipeline *p, u64 pfn, const void *page);

/* Add the memory and time of a second copy to @need. Returns 0 or -ENOMEM. */
int ld_selfcheck_open(struct ld_pipeline *p, struct ld_need *need);
void ld_selfcheck_close(struct ld_pipeline *p);

/*
 * Allocate a second page buffer of @size. Append a round that fills it to
 * @round, which has *@nr rounds. Returns 0 or -ENOMEM.
 */
int ld_selfcheck_add_round(struct ld_pipeline *p, const struct ld_pagebuf_size *size,
			   struct ld_stage_run *round, unsigned int *nr);

/* The stage COMPARE: add the page frames that differ to the counts in params.selfcheck. */
int ld_selfcheck_compare(struct ld_pipeline *p, u64 frames);

#endif
