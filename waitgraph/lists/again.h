/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * again.h - the pages that were copied again, so that each is known.
 *
 * In one round no page is copied twice. What is still torn then has changed meanwhile, or
 * leads through what is not there any more; only another round can tell.
 */
#ifndef LIVEDUMP_WAITGRAPH_AGAIN_H
#define LIVEDUMP_WAITGRAPH_AGAIN_H

#include "lists.h"

struct again_page {
	u64 page;			/* address + 1; 0: a free entry */
	u32 round;			/* in which it was copied last */
};

struct again {
	const struct lists_again *copier;
	struct memory *m;		/* forgets what it has of a page */
	struct again_page *pages;	/* a hash table */
	u32 used;			/* entries of it */
	u32 round;
	u32 copied;			/* how often a page was copied */
};

/* Returns 0 or -ENOMEM. After success the caller must call again_close(). */
int again_open(struct again *a, struct memory *m, const struct lists_again *copier);
void again_close(struct again *a);

/* From now on each page may be copied again. */
void again_next_round(struct again *a);

/* Copy again the pages of @len bytes at @addr. Returns whether any was. */
bool again_copy(struct again *a, u64 addr, u64 len);

/* The same, but only those that were not copied again before. */
void again_copy_new(struct again *a, u64 addr, u64 len);

/* Whether the page at @addr was copied again. */
bool again_has(const struct again *a, u64 addr);

#endif
