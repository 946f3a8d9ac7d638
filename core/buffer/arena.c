// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arena.c - locked memory in blocks.
 *
 * The descriptors of all blocks are in one table, which ld_arena_open() allocates, and
 * ld_arena_extend() replaces by a larger one. The two policies differ in one point: with
 * GROW a block that was not reserved is allocated when it is handed out, with FIXED it is
 * allocated already.
 *
 * A reserved allocation is large, but has several blocks. A worker that waits for a
 * processor keeps no more than the block that it has begun.
 */
#include "arena.h"

/*
 * Size of the allocation for the cursors and the table. The cursors are written
 * while the system is paused, see PORT_OWN_MIN.
 */
static size_t arena_index_bytes(const struct ld_arena *arena)
{
	return port_own_bytes(arena->workers * sizeof(*arena->cursors) +
			      arena->nr_blocks * sizeof(*arena->blocks));
}

u64 ld_arena_fixed_blocks(const struct ld_arena_shape *shape, unsigned int workers, u64 units)
{
	/*
	 * A full block may have up to least - 1 unused units. Each worker has
	 * one more block that is not full.
	 */
	u64 usable = shape->block - (shape->least - 1);

	return (units + usable - 1) / usable + workers;
}

/* A block and its entry in the table. */
static u64 arena_block_bytes(const struct ld_arena_shape *shape)
{
	return shape->block * shape->unit + sizeof(struct ld_arena_block);
}

u64 ld_arena_fixed_bytes(const struct ld_arena_shape *shape, unsigned int workers, u64 units)
{
	return ld_arena_fixed_blocks(shape, workers, units) * arena_block_bytes(shape);
}

u64 ld_arena_estimate(const struct ld_arena_shape *shape, unsigned int workers, u64 limit,
		      u64 reserve, u64 units)
{
	u64 block = shape->block;
	u64 allocated = reserve / workers >= block ? reserve / workers * workers : 0;
	u64 more = units > allocated ? units - allocated : 0;

	/*
	 * Memory that is not reserved comes in blocks. The last block of each
	 * worker is half full on average.
	 */
	allocated += (more + block - 1) / block * block + (more ? workers * block / 2 : 0);
	return (allocated < limit ? allocated : limit) * shape->unit;
}

static bool arena_alloc_block(const struct ld_arena *arena, struct ld_arena_block *block,
			      u64 units)
{
	block->mem = port_alloc_locked(units * arena->shape.unit);
	block->units = block->mem ? units : 0;
	block->allocated = block->units;
	return block->mem;
}

static void arena_free_block(const struct ld_arena *arena, const struct ld_arena_block *block)
{
	if (block->allocated)
		port_free_locked(block->mem, block->allocated * arena->shape.unit);
	port_relax();
}

/* Free the blocks from @first on, and the table. */
static void arena_free_blocks(const struct ld_arena *arena, u64 first)
{
	for (u64 i = first; arena->blocks && i < arena->nr_blocks; i++)
		arena_free_block(arena, &arena->blocks[i]);
	port_free(arena->cursors, arena_index_bytes(arena));
}

/* Hundreds of GB take the host many seconds, so each block is a point to leave. */
static int arena_cancelled(const struct ld_arena *arena)
{
	return arena->shape.control ? ld_control_cancelled(arena->shape.control) : 0;
}

/* Blocks to allocate. Each worker takes the next one. */
struct arena_alloc {
	struct ld_arena *arena;
	port_atomic64_t next;		/* entry of the table */
	port_atomic64_t stop;		/* not 0: a worker has failed */
};

static int arena_alloc_share(void *arg, unsigned int worker)
{
	struct arena_alloc *alloc = arg;
	struct ld_arena *arena = alloc->arena;
	int err = 0;

	(void)worker;
	while (!err && !port_atomic64_read(&alloc->stop)) {
		u64 i = (u64)port_atomic64_add(&alloc->next, 1);

		if (i >= arena->nr_blocks)
			break;
		err = arena_cancelled(arena);
		if (!err && !arena_alloc_block(arena, &arena->blocks[i], arena->shape.block))
			err = arena_cancelled(arena) ? -ECANCELED : -ENOMEM;
		port_relax();
	}
	if (err)
		port_atomic64_set(&alloc->stop, 1);
	return err;
}

/* FIXED: allocate the blocks from @first on. Before a pause, nothing else is to be done. */
static int arena_alloc_blocks(struct ld_arena *arena, u64 first)
{
	struct arena_alloc alloc = { .arena = arena };

	port_atomic64_set(&alloc.next, (s64)first);
	return port_run(arena->workers, arena_alloc_share, &alloc);
}

int ld_arena_open(struct ld_arena *arena, const struct ld_arena_shape *shape,
		  enum ld_arena_policy policy, unsigned int workers, u64 units)
{
	memset(arena, 0, sizeof(*arena));
	arena->shape = *shape;
	arena->policy = policy;
	arena->workers = workers;
	arena->limit = units;
	/* With GROW the last block may be smaller. In a race each worker may get one. */
	arena->nr_blocks = policy == LD_ARENA_FIXED ? ld_arena_fixed_blocks(shape, workers, units) :
						      units / shape->block + workers + 1;
	arena->cursors = port_alloc(arena_index_bytes(arena));
	if (!arena->cursors)
		return -ENOMEM;
	arena->blocks = (struct ld_arena_block *)(arena->cursors + workers);
	if (policy != LD_ARENA_FIXED)
		return 0;
	port_atomic64_set(&arena->ready, (s64)arena->nr_blocks);
	return arena_alloc_blocks(arena, 0);
}

/* FIXED: blocks that no worker has. */
static u64 arena_left(const struct ld_arena *arena)
{
	return arena->nr_blocks - (u64)port_atomic64_read(&arena->handed_out);
}

/* FIXED: blocks that are missing if @units more have to fit. */
static u64 arena_missing(const struct ld_arena *arena, u64 units)
{
	u64 left = arena_left(arena);
	u64 blocks = units ? ld_arena_fixed_blocks(&arena->shape, arena->workers, units) : 0;

	return blocks > left ? blocks - left : 0;
}

u64 ld_arena_extend_bytes(const struct ld_arena *arena, u64 units)
{
	return arena_missing(arena, units) * arena_block_bytes(&arena->shape);
}

int ld_arena_extend(struct ld_arena *arena, u64 units)
{
	u64 missing = arena_missing(arena, units);
	struct ld_arena new = *arena;
	int err;

	if (!missing)
		return 0;
	new.nr_blocks += missing;
	new.cursors = port_alloc(arena_index_bytes(&new));
	if (!new.cursors)
		return -ENOMEM;
	new.blocks = (struct ld_arena_block *)(new.cursors + new.workers);
	err = arena_alloc_blocks(&new, arena->nr_blocks);
	if (err) {
		arena_free_blocks(&new, arena->nr_blocks);
		return err;
	}
	memcpy(new.blocks, arena->blocks, arena->nr_blocks * sizeof(*new.blocks));
	for (unsigned int i = 0; i < new.workers; i++) {
		new.cursors[i] = arena->cursors[i];
		if (new.cursors[i].block)
			new.cursors[i].block = new.blocks + (new.cursors[i].block - arena->blocks);
	}
	port_free(arena->cursors, arena_index_bytes(arena));
	port_atomic64_set(&new.ready, (s64)new.nr_blocks);
	*arena = new;
	return 0;
}

void ld_arena_close(struct ld_arena *arena)
{
	arena_free_blocks(arena, 0);
	arena->cursors = NULL;
	arena->blocks = NULL;
}

/* Allocate a block of @units, or of the rest of the limit. Returns false if that fails. */
static bool arena_grow(struct ld_arena *arena, struct ld_arena_block *block, u64 units)
{
	u64 before;

	if ((u64)port_atomic64_read(&arena->requested) >= arena->limit)
		return false;
	before = (u64)port_atomic64_add(&arena->requested, (s64)units);
	if (before >= arena->limit)
		return false;
	if (arena_alloc_block(arena, block,
			      units < arena->limit - before ? units : arena->limit - before))
		return true;
	port_atomic64_add(&arena->requested, -(s64)units);
	return false;
}

/* Hand out a block. Returns NULL if the arena is full. */
static struct ld_arena_block *arena_next_block(struct ld_arena *arena)
{
	struct ld_arena_block grown;
	s64 ready = port_atomic64_read(&arena->ready), nr;

	do {
		nr = port_atomic64_read(&arena->handed_out);
	} while (nr < ready && !port_atomic64_cas(&arena->handed_out, nr, nr + 1));
	if (nr < ready)
		return &arena->blocks[nr];
	if (arena->policy == LD_ARENA_FIXED || !arena_grow(arena, &grown, arena->shape.block))
		return NULL;
	nr = port_atomic64_add(&arena->grown, 1);
	if ((u64)(ready + nr) >= arena->nr_blocks) {
		arena_free_block(arena, &grown);
		return NULL;
	}
	arena->blocks[arena->nr_blocks - 1 - (u64)nr] = grown;
	return &arena->blocks[arena->nr_blocks - 1 - (u64)nr];
}

/*
 * Divide an allocation into blocks for all workers. The last one has what is left over: only
 * the last block before the limit may be smaller than shape.block. Returns false if the
 * table is full.
 */
static bool arena_add_ready(struct ld_arena *arena, const struct ld_arena_block *whole)
{
	u64 size = arena->shape.part ? arena->shape.part : arena->shape.block;
	u64 nr = whole->units < size ? 1 : whole->units / size, at;

	do {
		at = (u64)port_atomic64_read(&arena->ready);
		if (at + nr + (u64)port_atomic64_read(&arena->grown) > arena->nr_blocks)
			return false;
	} while (!port_atomic64_cas(&arena->ready, (s64)at, (s64)(at + nr)));
	for (u64 i = 0; i < nr; i++)
		arena->blocks[at + i] = (struct ld_arena_block){
			.mem = whole->mem + i * size * arena->shape.unit,
			.units = i + 1 < nr ? size : whole->units - i * size,
			.allocated = i ? 0 : whole->allocated,
		};
	return true;
}

void ld_arena_reserve(struct ld_arena *arena, u64 units)
{
	u64 most = arena->shape.most;

	while (units >= arena->shape.block && !arena_cancelled(arena)) {
		struct ld_arena_block whole;
		u64 nr = most && units > most ? most : units;

		port_relax();
		if (!arena_grow(arena, &whole, nr)) {
			units /= 2;
			continue;
		}
		if (!arena_add_ready(arena, &whole)) {
			arena_free_block(arena, &whole);
			return;
		}
		units -= nr;
	}
}

u64 ld_arena_fit(struct ld_arena *arena, unsigned int worker, u64 units, u8 **at)
{
	struct ld_arena_cursor *cursor = &arena->cursors[worker];
	u64 left = cursor->block ? cursor->block->units - cursor->used : 0;

	if (left < units && left < arena->shape.least) {
		cursor->block = arena_next_block(arena);
		cursor->used = 0;
		if (!cursor->block)
			return 0;
		left = cursor->block->units;
	}
	*at = cursor->block->mem + cursor->used * arena->shape.unit;
	return left;
}

void ld_arena_use(struct ld_arena *arena, unsigned int worker, u64 units)
{
	arena->cursors[worker].used += units;
}

u64 ld_arena_room(const struct ld_arena *arena)
{
	u64 units = arena_left(arena) * arena->shape.block;

	for (unsigned int i = 0; i < arena->workers; i++) {
		const struct ld_arena_cursor *cursor = &arena->cursors[i];

		units += cursor->block ? cursor->block->units - cursor->used : 0;
	}
	return units;
}

u64 ld_arena_bytes(const struct ld_arena *arena)
{
	u64 units = 0;

	for (u64 i = 0; arena->blocks && i < arena->nr_blocks; i++)
		units += arena->blocks[i].units;
	return units * arena->shape.unit;
}
