// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pagebuf.c - page frames read ahead, packed into blocks of pinned memory.
 *
 * Each worker fills blocks of its own. Page frames full of zeros, often a
 * quarter of them, are recognized while they are in the processor's cache and
 * take no room.
 */
#include "pagebuf.h"
#include "port/zero.h"

/* A few of the huge pages that a host may have. */
#define BLOCK_BYTES	((size_t)4 << 20)

/* With less room than this a chunk is begun in another block. */
#define ROOM_MIN	64U

struct ld_pagebuf_block {
	struct ld_pagebuf_block *next;
	u64 pages;
	u8 *mem;
};

static size_t index_bytes(const struct ld_pagebuf *pre)
{
	return pre->workers * sizeof(*pre->rooms) + pre->nr_chunks * sizeof(*pre->chunks);
}

int ld_pagebuf_open(struct ld_pagebuf *pre, const struct ld_source *src, unsigned int workers,
		    u64 bytes)
{
	memset(pre, 0, sizeof(*pre));
	pre->page_shift = src->page_shift;
	pre->nr_chunks = ld_chunk_count(src);
	pre->most = bytes >> src->page_shift;
	pre->workers = workers;
	/* In one piece: small ones of the kernel are in the dump, see ld_freeze(). */
	pre->rooms = port_alloc(index_bytes(pre));
	if (!pre->rooms)
		return -ENOMEM;
	pre->chunks = (struct ld_pagebuf_run **)(pre->rooms + workers);
	return 0;
}

static void free_blocks(struct ld_pagebuf *pre, struct ld_pagebuf_block *block)
{
	while (block) {
		struct ld_pagebuf_block *next = block->next;

		port_free_locked(block->mem, block->pages << pre->page_shift);
		port_free(block, sizeof(*block));
		block = next;
	}
}

static void free_stock(struct ld_pagebuf *pre)
{
	for (u64 b = 0; pre->blocks && b < pre->nr_blocks; b++)
		port_free_locked(pre->blocks[b].mem, pre->blocks[b].pages << pre->page_shift);
	port_free(pre->blocks, pre->nr_blocks * sizeof(*pre->blocks));
	port_free(pre->pins, pre->nr_pins * sizeof(*pre->pins));
}

void ld_pagebuf_close(struct ld_pagebuf *pre)
{
	for (u64 c = 0; pre->chunks && !pre->pins && c < pre->nr_chunks; c++) {
		struct ld_pagebuf_run *pin = pre->chunks[c];

		while (pin) {
			struct ld_pagebuf_run *next = pin->next;

			port_free(pin, sizeof(*pin));
			pin = next;
		}
	}
	for (unsigned int i = 0; pre->rooms && !pre->blocks && i < pre->workers; i++) {
		free_blocks(pre, pre->rooms[i].full);
		free_blocks(pre, pre->rooms[i].block);
	}
	free_stock(pre);
	port_free(pre->rooms, index_bytes(pre));
	pre->chunks = NULL;
	pre->rooms = NULL;
}

/* A block of @pages, or the rest of what may be had. NULL when there is none. */
static struct ld_pagebuf_block *new_block(struct ld_pagebuf *pre, u64 pages)
{
	struct ld_pagebuf_block *block;
	u64 before;

	if ((u64)port_atomic64_read(&pre->taken) >= pre->most)
		return NULL;
	before = (u64)port_atomic64_add(&pre->taken, (s64)pages);
	if (before >= pre->most)
		return NULL;
	block = port_alloc(sizeof(*block));
	if (!block)
		goto err_taken;
	block->pages = pages < pre->most - before ? pages : pre->most - before;
	block->mem = port_alloc_locked(block->pages << pre->page_shift);
	if (!block->mem)
		goto err_block;
	return block;

err_block:
	port_free(block, sizeof(*block));
err_taken:
	port_atomic64_add(&pre->taken, -(s64)pages);
	return NULL;
}

void ld_pagebuf_reserve(struct ld_pagebuf *pre, unsigned int worker, u64 pages)
{
	u64 least = BLOCK_BYTES >> pre->page_shift;
	struct ld_pagebuf_block *block = NULL;

	/* Half of it is worth having when all of it cannot be had. */
	for (; pages >= least && !block; pages /= 2)
		block = new_block(pre, pages);
	pre->rooms[worker].block = block;
}

u64 ld_pagebuf_estimate(unsigned int page_shift, unsigned int workers, u64 most, u64 reserve,
			u64 pages)
{
	u64 block = BLOCK_BYTES >> page_shift;
	u64 had = reserve / workers >= block ? reserve / workers * workers : 0;
	u64 more = pages > had ? pages - had : 0;

	/* What is not reserved comes in blocks, the last of each worker's half full. */
	had += (more + block - 1) / block * block + (more ? workers * block / 2 : 0);
	return (had < most ? had : most) << page_shift;
}

/* Blocks for @pages page frames: what is left over at the end of each is lost. */
static u64 blocks_for(u64 pages, unsigned int page_shift, unsigned int workers)
{
	u64 per_use = (BLOCK_BYTES >> page_shift) - ROOM_MIN;

	return (pages + per_use - 1) / per_use + workers;
}

u64 ld_pagebuf_prealloc_bytes(unsigned int page_shift, unsigned int workers, u64 pages, u64 chunks)
{
	u64 blocks = blocks_for(pages, page_shift, workers);

	return blocks * (BLOCK_BYTES + sizeof(struct ld_pagebuf_block)) +
	       (chunks + blocks) * sizeof(struct ld_pagebuf_run);
}

int ld_pagebuf_preallocate(struct ld_pagebuf *pre, u64 pages, u64 chunks)
{
	u64 per_block = BLOCK_BYTES >> pre->page_shift;
	u64 blocks = blocks_for(pages, pre->page_shift, pre->workers);

	/* A chunk that ends one block begins another: a pin more. */
	pre->pins = port_alloc((chunks + blocks) * sizeof(*pre->pins));
	if (!pre->pins)
		return -ENOMEM;
	pre->nr_pins = chunks + blocks;
	pre->blocks = port_alloc(blocks * sizeof(*pre->blocks));
	if (!pre->blocks)
		return -ENOMEM;
	pre->nr_blocks = blocks;
	for (u64 b = 0; b < blocks; b++) {
		pre->blocks[b].mem = port_alloc_locked(BLOCK_BYTES);
		if (!pre->blocks[b].mem)
			return -ENOMEM;
		pre->blocks[b].pages = per_block;
		port_relax();
	}
	return 0;
}

static struct ld_pagebuf_block *next_block(struct ld_pagebuf *pre)
{
	u64 b;

	if (!pre->blocks)
		return new_block(pre, BLOCK_BYTES >> pre->page_shift);
	if ((u64)port_atomic64_read(&pre->next_block) >= pre->nr_blocks)
		return NULL;
	b = (u64)port_atomic64_add(&pre->next_block, 1);
	return b < pre->nr_blocks ? &pre->blocks[b] : NULL;
}

static struct ld_pagebuf_run *next_pin(struct ld_pagebuf *pre)
{
	u64 p;

	if (!pre->pins)
		return port_alloc(sizeof(struct ld_pagebuf_run));
	p = (u64)port_atomic64_add(&pre->next_pin, 1);
	return p < pre->nr_pins ? &pre->pins[p] : NULL;
}

/* Where to read page frames to, and how many fit there; 0 when none does. */
static u64 find_room(struct ld_pagebuf *pre, struct ld_pagebuf_worker *room, unsigned int nr,
		     u8 **at)
{
	struct ld_pagebuf_block *block = room->block;
	u64 left = block ? block->pages - room->used : 0;

	if (left < nr && left < ROOM_MIN) {
		if (block) {
			block->next = room->full;
			room->full = block;
		}
		block = next_block(pre);
		room->block = block;
		room->used = 0;
		if (!block)
			return 0;
		left = block->pages;
	}
	*at = block->mem + (room->used << pre->page_shift);
	return left;
}

/*
 * Leave only what belongs in the dump and is not zero at @pages, where there
 * is a page for each bit of @pin->read. Returns how many are left.
 */
static u64 pack(struct ld_pagebuf *pre, struct ld_pagebuf_run *pin, u8 *pages)
{
	size_t size = (size_t)1 << pre->page_shift;
	u8 *from = pages, *to = pages;

	for (u64 i = 0; (i = ld_bit_next(pin->read, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		if (ld_bit(pin->good, i) && ld_is_zero(from, size)) {
			ld_bit_set(pin->zero, i);
		} else if (ld_bit(pin->good, i)) {
			if (to != from)
				memcpy(to, from, size);
			to += size;
		}
		from += size;
	}
	return (u64)(to - pages) >> pre->page_shift;
}

/* Move the lowest bits that are set from @from to @to, @nr at most. */
static void take_bits(u64 *from, u64 *to, u64 nr)
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

static int read_part(struct ld_pagebuf *pre, struct ld_source *src, unsigned int worker,
		     u64 chunk, unsigned int level, struct ld_pagebuf_run *pin, u8 *at,
		     struct ld_scan *scan)
{
	int err;

	err = ld_chunk_read(src, worker, chunk, pin->read, at, pin->bad);
	if (!err && scan)
		err = ld_chunk_scan(src, worker, chunk, level, scan);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		pin->good[i] = pin->read[i] & (scan ? scan->keep[i] : ~0ULL) & ~pin->bad[i];
	pin->pages = at;
	pre->rooms[worker].used += pack(pre, pin, at);
	return 0;
}

int ld_pagebuf_read(struct ld_pagebuf *pre, struct ld_source *src, unsigned int worker,
		    u64 chunk, unsigned int level, const u64 *want, struct ld_scan *scan)
{
	u64 left[LD_CHUNK_WORDS];
	unsigned int nr;

	memcpy(left, want, sizeof(left));
	while ((nr = ld_weight(left, LD_CHUNK_WORDS))) {
		struct ld_pagebuf_run *pin;
		u8 *at;
		u64 fit = find_room(pre, &pre->rooms[worker], nr, &at);
		int err;

		if (!fit)
			return -ENOSPC;
		pin = next_pin(pre);
		if (!pin)
			return pre->pins ? -ENOSPC : -ENOMEM;
		take_bits(left, pin->read, fit);
		err = read_part(pre, src, worker, chunk, level, pin, at, scan);
		if (err) {
			if (!pre->pins)
				port_free(pin, sizeof(*pin));
			return err;
		}
		pin->next = pre->chunks[chunk];
		pre->chunks[chunk] = pin;
	}
	return 0;
}

void ld_pagebuf_masks(const struct ld_pagebuf *pre, u64 chunk, struct ld_pagebuf_masks *masks)
{
	memset(masks, 0, sizeof(*masks));
	for (const struct ld_pagebuf_run *pin = pre->chunks[chunk]; pin; pin = pin->next) {
		for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
			masks->read[i] |= pin->read[i];
			masks->good[i] |= pin->good[i];
			masks->bad[i] |= pin->bad[i];
		}
	}
}

void ld_pagebuf_pages(const struct ld_pagebuf *pre, u64 chunk, const void **page, u64 *zero)
{
	/* Nothing is when there is no memory for it. */
	for (const struct ld_pagebuf_run *pin = pre->chunks ? pre->chunks[chunk] : NULL; pin;
	     pin = pin->next) {
		const u8 *at = pin->pages;

		for (u64 i = 0; (i = ld_bit_next(pin->good, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
			if (ld_bit(pin->zero, i)) {
				ld_bit_set(zero, i);
				continue;
			}
			page[i] = at;
			at += (size_t)1 << pre->page_shift;
		}
	}
}

u64 ld_pagebuf_bytes(const struct ld_pagebuf *pre)
{
	u64 pages = 0;

	if (pre->blocks)
		return pre->nr_blocks * BLOCK_BYTES;
	for (unsigned int i = 0; pre->rooms && i < pre->workers; i++) {
		const struct ld_pagebuf_worker *room = &pre->rooms[i];

		pages += room->block ? room->block->pages : 0;
		for (const struct ld_pagebuf_block *b = room->full; b; b = b->next)
			pages += b->pages;
	}
	return pages << pre->page_shift;
}
