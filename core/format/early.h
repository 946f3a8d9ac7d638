/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * early.h - page frames that are written to the file before it is known which page
 * frames are in the dump.
 *
 * Pre-copy writes what it copies in its first round at once, so that memory has to
 * hold only what changes later. Where the data of a page frame is, the format knows:
 * it is in a record, with checksums, by which the content can be compared with memory
 * without being read back. A page frame that changes later is written again by its
 * last copy. What it had in the file is overwritten then: nothing but what is in the
 * dump is left there.
 */
#ifndef LIVEDUMP_EARLY_H
#define LIVEDUMP_EARLY_H

#include "core/pages/groups.h"

/* The record of a page frame. */
struct ld_early_page {
	u64 place;	/* of its data; the format's own, 0: none */
	u64 sum;	/* port_hash64() of it, as in data_sum of the seal */
	u64 plain;	/* the same without what processors set by themselves */
};

/* Written by the worker that has the chunk, in the pause, too. */
struct ld_early_chunk {
	u64 has[LD_CHUNK_WORDS];	/* page frames with a record */
	u64 valid[LD_CHUNK_WORDS];	/* of has: the file has their content */
	u64 zero[LD_CHUNK_WORDS];	/* of has: that content is zeros, without data */
	u64 first;			/* record of the lowest bit of has */
};

struct ld_early {
	const struct ld_groups *groups;
	struct ld_early_chunk *chunks;	/* one for each chunk of the groups; NULL: not in use */
	struct ld_early_page *pages;
	u64 nr;				/* pages */
	port_atomic64_t used;
};

/*
 * Open a table for @nr page frames of @groups, none of which is written. Returns 0 or
 * -ENOMEM. Close it in both cases, and before @groups. Zeroed, it is not in use, and
 * may be closed.
 */
int ld_early_open(struct ld_early *early, const struct ld_groups *groups, u64 nr);
void ld_early_close(struct ld_early *early);

/* Bytes that a table for @nr page frames of @groups takes. */
u64 ld_early_bytes(const struct ld_groups *groups, u64 nr);

/* NULL if the table is not in use. */
static inline struct ld_early_chunk *ld_early_chunk(const struct ld_early *early, u64 chunk)
{
	return early->chunks ? &early->chunks[ld_groups_chunk_nr(early->groups, chunk)] : NULL;
}

/* The record of page frame @i of the chunk, which has one. */
static inline struct ld_early_page *ld_early_page(const struct ld_early *early,
						  const struct ld_early_chunk *c, u64 i)
{
	return &early->pages[c->first + ld_rank(c->has, i)];
}

/*
 * Add records for the page frames @frames of @chunk, which has none. Returns the first of
 * them, which are in ascending order, or NULL if the table is full.
 */
struct ld_early_page *ld_early_add(struct ld_early *early, u64 chunk, const u64 *frames);

/* What the file has of the page frames in @frames is not their content any more. */
void ld_early_forget(struct ld_early *early, u64 chunk, const u64 *frames);

/* The file has the content of page frame @i of the chunk, which may be NULL. */
static inline bool ld_early_has_content(const struct ld_early_chunk *c, u64 i)
{
	return c && ld_bit(c->valid, i);
}

/* The same, and it is not all zeros, so that it has data. */
static inline bool ld_early_has_data(const struct ld_early_chunk *c, u64 i)
{
	return ld_early_has_content(c, i) && !ld_bit(c->zero, i);
}

#endif
