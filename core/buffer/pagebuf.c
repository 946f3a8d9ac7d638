// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pagebuf.c - the page buffer.
 *
 * Page frames are read directly to their place in the page buffer. Pages of
 * zeros, often a quarter of all pages, need no memory: they are found while
 * they are in the CPU cache, and the pages after them are moved over them.
 *
 * A page buffer with in_place does not move them. A page frame then has one place,
 * in the run that has stored it first, and is in no other run.
 */
#include "pagebuf.h"
#include "port/zero.h"

/* Two huge pages of 2 MiB, if the host has such pages. */
#define PAGES_BLOCK_BYTES	((size_t)4 << 20)
#define RUNS_BLOCK_BYTES	((size_t)16 << 10)

/* The kernel maps it in 1 to 2 ms, at 5 ns for each of 262,144 pages. */
#define RESERVE_BYTES		((size_t)1 << 30)

/*
 * A worker that stands still keeps so much from the others. A chunk that goes on in another
 * part is classified once more.
 */
#define RESERVE_PART_BYTES	((size_t)16 << 20)

/* A chunk begins another block if the block has fewer pages left than this. */
#define PAGES_LEAST		64U

static const struct ld_arena_shape runs_shape = {
	.unit = sizeof(struct ld_pagebuf_run),
	.block = RUNS_BLOCK_BYTES / sizeof(struct ld_pagebuf_run),
	.least = 1,
};

static struct ld_arena_shape pagebuf_pages_shape(const struct ld_source *src)
{
	return (struct ld_arena_shape){
		.unit = ld_page_size(src),
		.block = PAGES_BLOCK_BYTES >> src->page_shift,
		.least = PAGES_LEAST,
		.most = RESERVE_BYTES >> src->page_shift,
		.part = RESERVE_PART_BYTES >> src->page_shift,
	};
}

static size_t pagebuf_index_bytes(const struct ld_pagebuf *buf)
{
	return port_own_bytes(buf->groups->nr_chunks * sizeof(*buf->chunks));
}

/* The list of runs of @chunk. */
static struct ld_pagebuf_run **pagebuf_chunk(const struct ld_pagebuf *buf, u64 chunk)
{
	return &buf->chunks[ld_groups_chunk_nr(buf->groups, chunk)];
}

/* The latest run of @chunk. NULL: there is none, or the page buffer is not open. */
static struct ld_pagebuf_run *pagebuf_latest(const struct ld_pagebuf *buf, u64 chunk)
{
	return buf->chunks ? *pagebuf_chunk(buf, chunk) : NULL;
}

int ld_pagebuf_open(struct ld_pagebuf *buf, const struct ld_source *src,
		    const struct ld_groups *groups, unsigned int workers,
		    const struct ld_pagebuf_size *size)
{
	struct ld_arena_shape pages = pagebuf_pages_shape(src);
	u64 runs;
	int err;

	pages.control = size->control;
	memset(buf, 0, sizeof(*buf));
	buf->page_shift = src->page_shift;
	buf->groups = groups;
	buf->in_place = size->in_place;
	buf->chunks = port_alloc(pagebuf_index_bytes(buf));
	if (!buf->chunks)
		return -ENOMEM;
	err = ld_arena_open(&buf->pages, &pages, size->policy, workers, size->pages);
	if (err)
		return err;
	/* A chunk whose pages are in two blocks has a run for each. */
	runs = size->reads + buf->pages.nr_blocks;
	if (size->policy == LD_ARENA_GROW)
		runs += workers * runs_shape.block;	/* the last block of each worker */
	return ld_arena_open(&buf->runs, &runs_shape, size->policy, workers, runs);
}

void ld_pagebuf_close(struct ld_pagebuf *buf)
{
	ld_arena_close(&buf->runs);
	ld_arena_close(&buf->pages);
	if (buf->chunks)
		port_free(buf->chunks, pagebuf_index_bytes(buf));
	buf->chunks = NULL;
}

/* Page frames that are not neighbours have a run each, and so have those of two blocks. */
static u64 pagebuf_runs(const struct ld_pagebuf *buf, u64 pages)
{
	return pages ? pages + ld_arena_fixed_blocks(&buf->pages.shape, buf->pages.workers, pages) :
		       0;
}

u64 ld_pagebuf_extend_bytes(const struct ld_pagebuf *buf, u64 pages)
{
	return ld_arena_extend_bytes(&buf->pages, pages) +
	       ld_arena_extend_bytes(&buf->runs, pagebuf_runs(buf, pages));
}

int ld_pagebuf_extend(struct ld_pagebuf *buf, u64 pages)
{
	int err = ld_arena_extend(&buf->pages, pages);

	return err ? err : ld_arena_extend(&buf->runs, pagebuf_runs(buf, pages));
}

u64 ld_pagebuf_room(const struct ld_pagebuf *buf)
{
	return ld_arena_room(&buf->pages);
}

void ld_pagebuf_reserve(struct ld_pagebuf *buf, u64 pages)
{
	ld_arena_reserve(&buf->pages, pages);
}

u64 ld_pagebuf_fixed_bytes(const struct ld_source *src, unsigned int workers,
			   const struct ld_pagebuf_size *size)
{
	struct ld_arena_shape pages = pagebuf_pages_shape(src);
	u64 runs = size->reads + ld_arena_fixed_blocks(&pages, workers, size->pages);

	return ld_arena_fixed_bytes(&pages, workers, size->pages) +
	       ld_arena_fixed_bytes(&runs_shape, workers, runs);
}

u64 ld_pagebuf_estimate(const struct ld_source *src, unsigned int workers, u64 most, u64 reserve,
			u64 pages)
{
	struct ld_arena_shape shape = pagebuf_pages_shape(src);

	return ld_arena_estimate(&shape, workers, most, reserve, pages);
}

/* Set the bits of page frames @i .. @end - 1 of @run, whose pages are at @page. */
static void pagebuf_mark(const struct ld_pagebuf *buf, struct ld_pagebuf_run *run, u64 i, u64 end,
			 const u8 *page, const u64 *bad)
{
	size_t size = (size_t)1 << buf->page_shift;

	for (; i < end; i++, page += size) {
		ld_bit_clear(run->good, i);
		ld_bit_clear(run->zero, i);
		ld_bit_clear(run->bad, i);
		if (ld_bit(bad, i)) {
			ld_bit_set(run->bad, i);
			continue;
		}
		ld_bit_set(run->good, i);
		if (ld_is_zero(page, size))
			ld_bit_set(run->zero, i);
	}
}

/* Find the pages of zeros of @run, and leave all pages where they are. Returns their number. */
static u64 pagebuf_mark_zeros(const struct ld_pagebuf *buf, struct ld_pagebuf_run *run)
{
	size_t size = (size_t)1 << buf->page_shift;
	const u8 *at = run->pages;

	for (u64 i = 0; (i = ld_bit_next(run->read, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		if (ld_bit(run->good, i) && ld_is_zero(at, size))
			ld_bit_set(run->zero, i);
		at += size;
	}
	return (u64)(at - run->pages) >> buf->page_shift;
}

/*
 * Pack the pages at @run->pages, which has a page for each bit of @run->read:
 * leave only those that are good and not zero. Returns their number.
 */
static u64 pagebuf_pack_run(const struct ld_pagebuf *buf, struct ld_pagebuf_run *run)
{
	size_t size = (size_t)1 << buf->page_shift;
	u8 *from = run->pages, *to = run->pages;

	for (u64 i = 0; (i = ld_bit_next(run->read, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		if (ld_bit(run->good, i) && ld_is_zero(from, size)) {
			ld_bit_set(run->zero, i);
		} else if (ld_bit(run->good, i)) {
			if (to != from)
				memcpy(to, from, size);
			to += size;
		}
		from += size;
	}
	return (u64)(to - run->pages) >> buf->page_shift;
}

/* Move the lowest set bits, at most @nr, from @from to @to. */
static void pagebuf_move_bits(u64 *from, u64 *to, u64 nr)
{
	u64 end = nr < LD_CHUNK ? 0 : LD_CHUNK;

	for (; end < LD_CHUNK && nr; nr--)
		end = ld_bit_next(from, end, LD_CHUNK, true) + 1;
	for (u64 i = 0; i < LD_CHUNK_WORDS; i++) {
		u64 below = end >= (i + 1) * 64 ? ~0ULL :
			    end <= i * 64 ? 0 : (1ULL << (end - i * 64)) - 1;

		to[i] = from[i] & below;
		from[i] &= ~below;
	}
}

/* Copy the page frames of @run->read to @run->pages. */
static int pagebuf_read_run(struct ld_pagebuf *buf, struct ld_source *src, unsigned int worker,
			    u64 chunk, unsigned int level, struct ld_pagebuf_run *run,
			    struct ld_scan *scan)
{
	int err;

	err = ld_chunk_read(src, worker, chunk, run->read, run->pages, run->bad);
	if (!err && scan)
		err = ld_chunk_scan(src, worker, chunk, level, scan);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		run->good[i] = run->read[i] & (scan ? scan->keep[i] : ~0ULL) & ~run->bad[i];
	ld_arena_use(&buf->pages, worker,
		     buf->in_place ? pagebuf_mark_zeros(buf, run) : pagebuf_pack_run(buf, run));
	return 0;
}

/*
 * A run of page frames that no chunk has yet, with room for @nr pages or fewer, as *@fit
 * tells. NULL: there is no room.
 */
static struct ld_pagebuf_run *pagebuf_new_run(struct ld_pagebuf *buf, unsigned int worker, u64 nr,
					      u64 *fit)
{
	struct ld_pagebuf_run *run;
	u8 *pages, *mem;

	*fit = ld_arena_fit(&buf->pages, worker, nr, &pages);
	if (!*fit || !ld_arena_fit(&buf->runs, worker, 1, &mem))
		return NULL;
	run = (struct ld_pagebuf_run *)mem;
	memset(run, 0, sizeof(*run));
	run->pages = pages;
	return run;
}

/* Make @run, the last new one of the worker, the latest of @chunk. */
static void pagebuf_add_run(struct ld_pagebuf *buf, unsigned int worker, u64 chunk,
			    struct ld_pagebuf_run *run)
{
	struct ld_pagebuf_run **list = pagebuf_chunk(buf, chunk);

	ld_arena_use(&buf->runs, worker, 1);
	run->next = *list;
	*list = run;
}

int ld_pagebuf_read(struct ld_pagebuf *buf, struct ld_source *src, unsigned int worker,
		    u64 chunk, unsigned int level, const u64 *want, struct ld_scan *scan)
{
	u64 left[LD_CHUNK_WORDS];
	unsigned int nr;

	memcpy(left, want, sizeof(left));
	while ((nr = ld_weight(left, LD_CHUNK_WORDS))) {
		struct ld_pagebuf_run *run;
		u64 fit;
		int err;

		run = pagebuf_new_run(buf, worker, nr, &fit);
		if (!run)
			return -ENOSPC;
		pagebuf_move_bits(left, run->read, fit);
		err = pagebuf_read_run(buf, src, worker, chunk, level, run, scan);
		if (err)
			return err;
		pagebuf_add_run(buf, worker, chunk, run);
	}
	return 0;
}

int ld_pagebuf_store(struct ld_pagebuf *buf, unsigned int worker, u64 pfn, const void *page)
{
	struct ld_pagebuf_run *run;
	u64 fit;

	run = pagebuf_new_run(buf, worker, 1, &fit);
	if (!run)
		return -ENOSPC;
	ld_bit_set(run->read, pfn % LD_CHUNK);
	ld_bit_set(run->good, pfn % LD_CHUNK);
	memcpy(run->pages, page, (size_t)1 << buf->page_shift);
	ld_arena_use(&buf->pages, worker, pagebuf_pack_run(buf, run));
	pagebuf_add_run(buf, worker, pfn / LD_CHUNK, run);
	return 0;
}

/* Copy the page frames in @want, all of which @run has, to their places. */
static int pagebuf_update_run(const struct ld_pagebuf *buf, struct ld_source *src,
			      unsigned int worker, u64 chunk, struct ld_pagebuf_run *run,
			      const u64 *want)
{
	for (u64 i = 0, end; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i = end) {
		u8 *page = run->pages + (ld_rank(run->read, i) << buf->page_shift);
		u64 some[LD_CHUNK_WORDS] = { 0 }, bad[LD_CHUNK_WORDS];
		int err;

		/* Neighbours in the chunk are neighbours in the run. */
		end = ld_bit_next(want, i, LD_CHUNK, false);
		ld_bits_set(some, i, end);
		err = ld_chunk_read(src, worker, chunk, some, page, bad);
		if (err)
			return err;
		pagebuf_mark(buf, run, i, end, page, bad);
	}
	return 0;
}

int ld_pagebuf_update(struct ld_pagebuf *buf, struct ld_source *src, unsigned int worker,
		      u64 chunk, const u64 *want)
{
	u64 left[LD_CHUNK_WORDS], here[LD_CHUNK_WORDS];

	memcpy(left, want, sizeof(left));
	for (struct ld_pagebuf_run *run = *pagebuf_chunk(buf, chunk); run; run = run->next) {
		int err;

		for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
			here[i] = left[i] & run->read[i];
			left[i] &= ~here[i];
		}
		err = pagebuf_update_run(buf, src, worker, chunk, run, here);
		if (err)
			return err;
	}
	return ld_pagebuf_read(buf, src, worker, chunk, 0, left, NULL);
}

void ld_pagebuf_forget(struct ld_pagebuf *buf, u64 chunk, const u64 *frames)
{
	for (struct ld_pagebuf_run *run = pagebuf_latest(buf, chunk); run; run = run->next) {
		for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
			run->good[i] &= ~frames[i];
			run->zero[i] &= ~frames[i];
			run->bad[i] &= ~frames[i];
		}
	}
}

void ld_pagebuf_masks(const struct ld_pagebuf *buf, u64 chunk, struct ld_pagebuf_masks *masks)
{
	memset(masks, 0, sizeof(*masks));
	for (const struct ld_pagebuf_run *run = pagebuf_latest(buf, chunk); run; run = run->next) {
		for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
			u64 older = masks->read[i];

			masks->read[i] |= run->read[i];
			masks->good[i] |= run->good[i] & ~older;
			masks->bad[i] |= run->bad[i] & ~older;
		}
	}
}

u64 ld_pagebuf_unplaced(const struct ld_pagebuf *buf, u64 chunk, const u64 *want)
{
	struct ld_pagebuf_masks masks;
	u64 unplaced = 0;

	ld_pagebuf_masks(buf, chunk, &masks);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		unplaced += ld_popcount(want[i] & ~masks.read[i]);
	return unplaced;
}

void ld_pagebuf_pages(const struct ld_pagebuf *buf, u64 chunk, const void **page, u64 *zero)
{
	size_t size = (size_t)1 << buf->page_shift;
	u64 later[LD_CHUNK_WORDS] = { 0 };	/* page frames with a later copy */

	for (const struct ld_pagebuf_run *run = pagebuf_latest(buf, chunk); run; run = run->next) {
		const u64 *with = buf->in_place ? run->read : run->good;
		const u8 *at = run->pages;

		for (u64 i = 0; (i = ld_bit_next(with, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
			bool is_zero = ld_bit(run->zero, i);
			bool latest = !ld_bit(later, i) && ld_bit(run->good, i);

			if (latest && is_zero)
				ld_bit_set(zero, i);
			else if (latest)
				page[i] = at;
			at += is_zero && !buf->in_place ? 0 : size;
		}
		for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
			later[i] |= run->read[i];
	}
}

bool ld_pagebuf_find(const struct ld_pagebuf *buf, u64 pfn, const void **page)
{
	u64 chunk = pfn / LD_CHUNK, bit = pfn % LD_CHUNK, there[LD_CHUNK_WORDS];
	const struct ld_pagebuf_run *run;

	*page = NULL;
	if (!buf->chunks || ld_groups_index(buf->groups, chunk / LD_GROUP) == buf->groups->nr ||
	    ld_groups_chunk_nr(buf->groups, chunk) >= buf->groups->nr_chunks)
		return false;
	for (run = *pagebuf_chunk(buf, chunk); run; run = run->next)
		if (ld_bit(run->read, bit))
			break;
	if (!run || !ld_bit(run->good, bit))
		return false;
	if (ld_bit(run->zero, bit))
		return true;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		there[i] = buf->in_place ? run->read[i] : run->good[i] & ~run->zero[i];
	*page = run->pages + (ld_rank(there, bit) << buf->page_shift);
	return true;
}

u64 ld_pagebuf_bytes(const struct ld_pagebuf *buf)
{
	return ld_arena_bytes(&buf->pages);
}
