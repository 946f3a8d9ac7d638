/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * again.h - the pages that were copied again, so that each is known.
 *
 * In one round no page is copied twice, but by ld_again_copy_now(). What is still torn
 * then has changed meanwhile, or leads through what is not there any more; only another
 * round can tell.
 */
#ifndef LIVEDUMP_AGAIN_H
#define LIVEDUMP_AGAIN_H

#include "memory.h"

struct ld_again_page {
	u64 page;			/* address + 1; 0: a free entry */
	u32 round;			/* in which it was copied last */
};

struct ld_again_pages {
	struct ld_lists_memory *m;
	struct ld_again_page *pages;	/* a hash table */
	u32 used;			/* entries of it */
	u32 round;
	u32 copied;			/* how often a page was copied */
};

/* Returns 0 or -ENOMEM. After success the caller must call ld_again_close(). */
int ld_again_open(struct ld_again_pages *a, struct ld_lists_memory *m);
void ld_again_close(struct ld_again_pages *a);

/* From now on each page may be copied again. */
void ld_again_next_round(struct ld_again_pages *a);

/* Copy again the pages of @len bytes at @addr. Returns whether any was. */
bool ld_again_copy(struct ld_again_pages *a, u64 addr, u64 len);

/* The same, but only those that were not copied again before. */
void ld_again_copy_new(struct ld_again_pages *a, u64 addr, u64 len);

/* Copy again the page at @addr, also if it was in this round. Returns whether it was. */
bool ld_again_copy_now(struct ld_again_pages *a, u64 addr);

/* Whether the page at @addr was copied again. */
bool ld_again_has(const struct ld_again_pages *a, u64 addr);

#endif
