/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pagebuf.h - the page buffer: copies of page frames in locked memory.
 *
 * Compressing a page takes much longer than copying it. So page frames are
 * first copied to the page buffer, as many as fit, and compressed later. The
 * shorter the copying takes, the less memory changes during it.
 *
 * A page frame may be stored more than once. Readers get the latest copy: its
 * content, whether it is zero, and whether it is good. If the latest copy is
 * bad the page frame is bad, even if an earlier copy is good. Nothing depends
 * on where a copy lies, so a later copy may overwrite the copy that it
 * replaces: ld_pagebuf_update() does so.
 *
 * Only one worker at a time may store page frames of a chunk. All workers may
 * read them after they are stored.
 */
#ifndef LIVEDUMP_PAGEBUF_H
#define LIVEDUMP_PAGEBUF_H

#include "arena.h"
#include "core/pages/chunk.h"
#include "core/pages/groups.h"

/*
 * A run: page frames of one chunk that are copied by one read. It has each page
 * frame once.
 */
struct ld_pagebuf_run {
	struct ld_pagebuf_run *next;	/* the run of the same chunk that was stored before */
	u8 *pages;			/* of good without zero, with in_place of read; ascending */
	u64 read[LD_CHUNK_WORDS];	/* page frames of this run */
	u64 good[LD_CHUNK_WORDS];	/* of read: the content belongs in the dump */
	u64 zero[LD_CHUNK_WORDS];	/* of good: full of zeros */
	u64 bad[LD_CHUNK_WORDS];	/* of read: could not be read */
};

/* What the page buffer has of a chunk. */
struct ld_pagebuf_masks {
	u64 read[LD_CHUNK_WORDS];	/* stored at least once */
	u64 good[LD_CHUNK_WORDS];	/* the latest copy belongs in the dump */
	u64 bad[LD_CHUNK_WORDS];	/* the latest copy could not be read */
};

struct ld_pagebuf {
	/* Per chunk of the groups: list of its runs, latest first. */
	struct ld_pagebuf_run **chunks;
	const struct ld_groups *groups;
	unsigned int page_shift;
	bool in_place;
	struct ld_arena pages;
	struct ld_arena runs;
};

/* The size of a page buffer. */
struct ld_pagebuf_size {
	enum ld_arena_policy policy;
	u64 pages;	/* GROW: maximum; FIXED: minimum, pages of zeros included */
	/* Calls of ld_pagebuf_read() that store a page frame; with in_place: a new one. */
	u64 reads;
	/*
	 * Page frames keep their place: pages of zeros and bad ones have one, too,
	 * so what they become later has a place already.
	 */
	bool in_place;
	const struct ld_control *control;	/* as in struct ld_arena_shape */
};

/*
 * Open a page buffer for the page frames of @src, whose groups are @groups. With
 * LD_ARENA_FIXED only ld_pagebuf_extend() allocates more. Returns as ld_arena_open().
 * Close it in all cases, and before @groups.
 */
int ld_pagebuf_open(struct ld_pagebuf *buf, const struct ld_source *src,
		    const struct ld_groups *groups, unsigned int workers,
		    const struct ld_pagebuf_size *size);
void ld_pagebuf_close(struct ld_pagebuf *buf);

/*
 * Only with LD_ARENA_FIXED and in_place, while no worker runs: allocate so much more that
 * @pages page frames without a place fit, none of which need be neighbours. Returns as
 * ld_arena_open(); what is stored stays in any case.
 */
int ld_pagebuf_extend(struct ld_pagebuf *buf, u64 pages);

/* Bytes that ld_pagebuf_extend() allocates for this. */
u64 ld_pagebuf_extend_bytes(const struct ld_pagebuf *buf, u64 pages);

/*
 * Only with LD_ARENA_FIXED: at most so many page frames without a place fit. How the workers
 * share them, and whether they are neighbours, decides.
 */
u64 ld_pagebuf_room(const struct ld_pagebuf *buf);

/* See ld_arena_reserve(). */
void ld_pagebuf_reserve(struct ld_pagebuf *buf, u64 pages);

/* Bytes that a page buffer with LD_ARENA_FIXED allocates, without its index. */
u64 ld_pagebuf_fixed_bytes(const struct ld_source *src, unsigned int workers,
			   const struct ld_pagebuf_size *size);

/*
 * Estimate the bytes that a page buffer with LD_ARENA_GROW allocates to hold
 * @pages. It may hold @most pages, and @reserve of them are reserved.
 */
u64 ld_pagebuf_estimate(const struct ld_source *src, unsigned int workers, u64 most, u64 reserve,
			u64 pages);

/*
 * Store a copy of each page frame of @chunk whose bit is set in @want. A copy
 * is bad if the page frame cannot be read, or if the dump level drops its page
 * type after it was read. @scan is overwritten with the page types after the
 * read. @scan is NULL if page types cannot change in the meantime. Returns 0,
 * -ENOSPC if not all copies fit, or another negative errno of the source.
 */
int ld_pagebuf_read(struct ld_pagebuf *buf, struct ld_source *src, unsigned int worker,
		    u64 chunk, unsigned int level, const u64 *want, struct ld_scan *scan);

/*
 * Like ld_pagebuf_read() without a @scan, but a page frame that is stored already is
 * copied to its place. Only new page frames take memory. Only with in_place.
 */
int ld_pagebuf_update(struct ld_pagebuf *buf, struct ld_source *src, unsigned int worker,
		      u64 chunk, const u64 *want);

/*
 * Store @page, a copy of page frame @pfn that is good. Not with in_place. Returns 0 or
 * -ENOSPC.
 */
int ld_pagebuf_store(struct ld_pagebuf *buf, unsigned int worker, u64 pfn, const void *page);

/* No copy of the page frames in @frames is good any more. Only with in_place. */
void ld_pagebuf_forget(struct ld_pagebuf *buf, u64 chunk, const u64 *frames);

/* How many page frames in @want, of @chunk, have no place in the page buffer. */
u64 ld_pagebuf_unplaced(const struct ld_pagebuf *buf, u64 chunk, const u64 *want);

/* Store in @masks what the page buffer has of @chunk. */
void ld_pagebuf_masks(const struct ld_pagebuf *buf, u64 chunk, struct ld_pagebuf_masks *masks);

/*
 * For each page frame of @chunk whose latest copy is good: store the address of
 * the copy in @page, or set the bit in @zero if the page is full of zeros.
 * Other entries do not change. A page buffer that was never opened has no
 * copies.
 */
void ld_pagebuf_pages(const struct ld_pagebuf *buf, u64 chunk, const void **page, u64 *zero);

/*
 * Find the latest copy of page frame @pfn, which may be any number. Returns whether it
 * is there and good. *@page is its address, NULL if the page is full of zeros.
 */
bool ld_pagebuf_find(const struct ld_pagebuf *buf, u64 pfn, const void **page);

/* Bytes allocated for pages. Also valid if ld_pagebuf_open() has failed. */
u64 ld_pagebuf_bytes(const struct ld_pagebuf *buf);

#endif
