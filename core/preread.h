/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * preread.h - pinned memory that holds page frames read ahead.
 *
 * A page frame that is compressed the moment it is read keeps the reading of
 * the others waiting, and the longer the reading takes the more the dump is
 * torn: pointers lead to pages that were free when they were classified. So
 * as much as fits is read first, in one tight pass, and compressed later.
 */
#ifndef LIVEDUMP_PREREAD_H
#define LIVEDUMP_PREREAD_H

#include "chunk.h"

/* Consecutive slots that hold page frames of one chunk, by one worker. */
struct ld_pin {
	struct ld_pin *next;
	u64 slot;
	u64 read[LD_CHUNK_WORDS];	/* a slot each, ascending */
	u64 good[LD_CHUNK_WORDS];	/* of these: the content belongs in the dump */
	u64 bad[LD_CHUNK_WORDS];	/* of these: could not be read */
};

/* The same of all page frames of a chunk. */
struct ld_pin_masks {
	u64 read[LD_CHUNK_WORDS];
	u64 good[LD_CHUNK_WORDS];
	u64 bad[LD_CHUNK_WORDS];
};

struct ld_preread {
	struct ld_pin **chunks;	/* a list per chunk; a chunk has one worker at a time */
	u64 nr_chunks;
	unsigned int page_shift;
	u8 *mem;
	u64 slots;
	port_atomic64_t used;	/* may run past slots: nothing fits any more */
};

/* @bytes of pinned memory; 0 for none. Returns 0 or a negative errno. */
int ld_preread_open(struct ld_preread *pre, const struct ld_source *src, u64 bytes);
void ld_preread_close(struct ld_preread *pre);

/*
 * Read the page frames of @chunk set in @want. A page frame whose class has
 * turned to one that the dump level drops by the time it is read is not good,
 * nor is one that could not be read. @scan is overwritten. Returns 0, -ENOSPC
 * when they do not fit, or a negative errno.
 */
int ld_preread_chunk(struct ld_preread *pre, struct ld_source *src, unsigned int worker,
		     u64 chunk, unsigned int level, const u64 *want, struct ld_scan *scan);

/* What was read of @chunk so far. A page frame read twice may be good and bad. */
void ld_preread_masks(const struct ld_preread *pre, u64 chunk, struct ld_pin_masks *masks);

/* Store the address of each good page frame of @chunk in @page. */
void ld_preread_pages(const struct ld_preread *pre, u64 chunk, const void **page);

#endif
