/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pagebuf.h - the page buffer: copies of page frames in locked memory.
 *
 * Compressing a page takes much longer than copying it. So page frames are
 * copied to the page buffer first, as many as fit, and compressed later: the
 * shorter the copying takes, the less of the memory changes meanwhile.
 *
 * A page frame may be stored more than once. The latest copy of a page frame
 * is the one that is read: a copy that is stored later replaces the content of
 * the one before it, whether that was zero, and whether it was good. This is
 * so whatever becomes of the later copy: if it is bad, the page frame is bad.
 * Nothing depends on where a copy lies, so that a later one may also be
 * written over the one that it replaces.
 *
 * Only one worker at a time may store page frames of a chunk. What is stored
 * may be read by all workers once the storing has ended.
 */
#ifndef LIVEDUMP_PAGEBUF_H
#define LIVEDUMP_PAGEBUF_H

#include "arena.h"
#include "core/pages/chunk.h"

/* Page frames of one chunk, copied in one go. A page frame is in it once. */
struct ld_pagebuf_run {
	struct ld_pagebuf_run *next;	/* the one stored before it, of the same chunk */
	u8 *pages;			/* content of those good and not zero, ascending */
	u64 read[LD_CHUNK_WORDS];
	u64 good[LD_CHUNK_WORDS];	/* of read: the content belongs in the dump */
	u64 zero[LD_CHUNK_WORDS];	/* of good: full of zeros */
	u64 bad[LD_CHUNK_WORDS];	/* of read: could not be read */
};

/* Page frames of a chunk. */
struct ld_pagebuf_masks {
	u64 read[LD_CHUNK_WORDS];	/* stored at least once */
	u64 good[LD_CHUNK_WORDS];	/* the latest copy belongs in the dump */
	u64 bad[LD_CHUNK_WORDS];	/* the latest copy could not be read */
};

struct ld_pagebuf {
	struct ld_pagebuf_run **chunks;	/* per chunk: its runs, the latest first */
	u64 nr_chunks;
	unsigned int page_shift;
	struct ld_arena pages;
	struct ld_arena runs;
};

/* What a page buffer is made for. */
struct ld_pagebuf_size {
	enum ld_arena_policy policy;
	u64 pages;	/* GROW: at most so many; FIXED: at least, with zero pages as others */
	u64 reads;	/* calls of ld_pagebuf_read() that store anything */
};

/*
 * A page buffer for the page frames of @src. With LD_ARENA_FIXED nothing is
 * allocated later. Returns 0 or -ENOMEM; close it after either.
 */
int ld_pagebuf_open(struct ld_pagebuf *buf, const struct ld_source *src, unsigned int workers,
		    const struct ld_pagebuf_size *size);
void ld_pagebuf_close(struct ld_pagebuf *buf);

/* See ld_arena_reserve(). */
void ld_pagebuf_reserve(struct ld_pagebuf *buf, unsigned int worker, u64 pages);

/* Bytes that a page buffer with LD_ARENA_FIXED allocates, beside its index. */
u64 ld_pagebuf_fixed_bytes(const struct ld_source *src, unsigned int workers,
			   const struct ld_pagebuf_size *size);

/*
 * About the bytes for pages that a page buffer with LD_ARENA_GROW for @most
 * pages allocates, with @reserve of them reserved, until it holds @pages.
 */
u64 ld_pagebuf_estimate(const struct ld_source *src, unsigned int workers, u64 most, u64 reserve,
			u64 pages);

/*
 * Store a copy of each page frame of @chunk that is set in @want. A copy is not
 * good if the page frame could not be read, or if its page type is one that
 * the dump level drops by the time it has been read. @scan is overwritten with
 * that; NULL if no page type can change meanwhile. Returns 0, -ENOSPC if not
 * all of them fit, or another negative errno of the source.
 */
int ld_pagebuf_read(struct ld_pagebuf *buf, struct ld_source *src, unsigned int worker,
		    u64 chunk, unsigned int level, const u64 *want, struct ld_scan *scan);

/* What is stored of @chunk. */
void ld_pagebuf_masks(const struct ld_pagebuf *buf, u64 chunk, struct ld_pagebuf_masks *masks);

/*
 * Store the address of the latest copy of each page frame of @chunk in @page
 * if it is good, or set its bit in @zero if it is full of zeros, too. The
 * others are left alone. A buffer that was never opened has none.
 */
void ld_pagebuf_pages(const struct ld_pagebuf *buf, u64 chunk, const void **page, u64 *zero);

/* Bytes allocated for pages, also if opening has failed. */
u64 ld_pagebuf_bytes(const struct ld_pagebuf *buf);

#endif
