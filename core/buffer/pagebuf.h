/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pagebuf.h - pinned memory that holds page frames read ahead.
 *
 * A page frame that is compressed the moment it is read keeps the reading of
 * the others waiting, and the longer the reading takes the more the dump is
 * torn: pointers lead to pages that were free when they were classified. So
 * as much as fits is read first, in one tight pass, and compressed later.
 */
#ifndef LIVEDUMP_PAGEBUF_H
#define LIVEDUMP_PAGEBUF_H

#include "core/pages/chunk.h"

/* Page frames of one chunk, read at one time. */
struct ld_pagebuf_run {
	struct ld_pagebuf_run *next;
	const u8 *pages;		/* content of those that are good and not zero, ascending */
	u64 read[LD_CHUNK_WORDS];
	u64 good[LD_CHUNK_WORDS];	/* of these: the content belongs in the dump */
	u64 zero[LD_CHUNK_WORDS];	/* of the good: full of zeros */
	u64 bad[LD_CHUNK_WORDS];	/* of those read: could not be read */
};

/* The same of all page frames of a chunk. */
struct ld_pagebuf_masks {
	u64 read[LD_CHUNK_WORDS];
	u64 good[LD_CHUNK_WORDS];
	u64 bad[LD_CHUNK_WORDS];
};

/* The blocks of pinned memory of one worker: full ones, and the one it fills. */
struct ld_pagebuf_worker {
	struct ld_pagebuf_block *full;
	struct ld_pagebuf_block *block;	/* being filled, or NULL */
	u64 used;			/* pages of it */
};

struct ld_pagebuf {
	struct ld_pagebuf_run **chunks;	/* a list per chunk; a chunk has one worker at a time */
	u64 nr_chunks;
	unsigned int page_shift;
	struct ld_pagebuf_worker *rooms;
	unsigned int workers;
	u64 most;		/* pages that all rooms may take */
	port_atomic64_t taken;	/* pages of blocks asked for; may run past most */

	/* Set by ld_pagebuf_preallocate(): all that there will be. */
	struct ld_pagebuf_block *blocks;
	u64 nr_blocks;
	port_atomic64_t next_block;
	struct ld_pagebuf_run *pins;
	u64 nr_pins;
	port_atomic64_t next_pin;
};

/* No more than @bytes of pinned memory. Returns 0 or a negative errno. */
int ld_pagebuf_open(struct ld_pagebuf *pre, const struct ld_source *src, unsigned int workers,
		    u64 bytes);
void ld_pagebuf_close(struct ld_pagebuf *pre);

/*
 * Have a worker find room for @pages page frames before it reads: that may
 * take the host long. Less is no error, more comes as it is needed. Called
 * once for each worker, at most.
 */
void ld_pagebuf_reserve(struct ld_pagebuf *pre, unsigned int worker, u64 pages);

/*
 * The bytes of pinned memory that there will be, with @reserve page frames
 * reserved and room for @most, once @pages that are not zeros are read.
 */
u64 ld_pagebuf_estimate(unsigned int page_shift, unsigned int workers, u64 most, u64 reserve,
			u64 pages);

/*
 * Allocate all that reading @pages page frames of @chunks chunks may take, so
 * that ld_pagebuf_read() never does. Returns 0 or a negative errno.
 */
int ld_pagebuf_preallocate(struct ld_pagebuf *pre, u64 pages, u64 chunks);

/* The bytes of memory that takes. */
u64 ld_pagebuf_prealloc_bytes(unsigned int page_shift, unsigned int workers, u64 pages, u64 chunks);

/*
 * Read the page frames of @chunk set in @want. A page frame whose class has
 * turned to one that the dump level drops by the time it is read is not good,
 * nor is one that could not be read. @scan is overwritten; NULL if no page
 * frame can turn meanwhile. Returns 0, -ENOSPC when not all of them fit, or a
 * negative errno.
 */
int ld_pagebuf_read(struct ld_pagebuf *pre, struct ld_source *src, unsigned int worker,
		    u64 chunk, unsigned int level, const u64 *want, struct ld_scan *scan);

/* What was read of @chunk so far. A page frame read twice may be good and bad. */
void ld_pagebuf_masks(const struct ld_pagebuf *pre, u64 chunk, struct ld_pagebuf_masks *masks);

/*
 * Store the address of each good page frame of @chunk in @page, or if it is
 * full of zeros set its bit in @zero.
 */
void ld_pagebuf_pages(const struct ld_pagebuf *pre, u64 chunk, const void **page, u64 *zero);

/* Bytes of pinned memory that there are, also if opening or stocking has failed. */
u64 ld_pagebuf_bytes(const struct ld_pagebuf *pre);

#endif
