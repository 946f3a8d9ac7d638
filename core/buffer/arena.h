/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arena.h - locked memory in blocks, which workers fill with units of one
 * size. A unit stays where it is until the arena is closed.
 *
 * Each worker fills a block of its own, so that filling needs no lock. Every
 * function with a @worker is called by that worker only; open, close, bytes
 * and the like while no worker runs.
 */
#ifndef LIVEDUMP_ARENA_H
#define LIVEDUMP_ARENA_H

#include "port/port.h"

enum ld_arena_policy {
	LD_ARENA_GROW,		/* a block is allocated when a worker needs it, up to a limit */
	LD_ARENA_FIXED,		/* all blocks are allocated by open, and none later */
};

struct ld_arena_shape {
	size_t unit;		/* bytes of a unit */
	u64 block;		/* units of a block */
	/*
	 * A block with fewer units left than this, and than a worker asks for,
	 * is full. From 1 to block.
	 */
	u64 least;
};

struct ld_arena_block {
	u8 *mem;		/* NULL: not allocated */
	u64 units;
};

/* Where a worker writes next. */
struct ld_arena_cursor {
	struct ld_arena_block *block;	/* NULL: it has none yet, or there is no other */
	u64 used;			/* units of it */
};

struct ld_arena {
	struct ld_arena_shape shape;
	enum ld_arena_policy policy;
	unsigned int workers;
	u64 limit;			/* GROW: most units of all blocks */
	struct ld_arena_cursor *cursors;	/* one per worker; the blocks lie behind them */
	struct ld_arena_block *blocks;
	u64 nr_blocks;			/* entries of blocks */
	port_atomic64_t handed_out;	/* of these; may run past nr_blocks */
	port_atomic64_t requested;	/* GROW: units that were allocated; may run past limit */
};

/*
 * GROW: for @units at most. FIXED: for @units at least, however the workers
 * share them. Returns 0 or -ENOMEM; close it after either.
 */
int ld_arena_open(struct ld_arena *arena, const struct ld_arena_shape *shape,
		  enum ld_arena_policy policy, unsigned int workers, u64 units);
void ld_arena_close(struct ld_arena *arena);

/*
 * Give @worker, which has no block yet, one of @units, or of half as many, and
 * so on. That may take the host long. With none the worker gets its memory as
 * it needs it. Only with GROW.
 */
void ld_arena_reserve(struct ld_arena *arena, unsigned int worker, u64 units);

/*
 * Where @worker may write: returns how many units fit there, which may be more
 * or less than @units, with the address of the first in *@at; 0 if the arena
 * is full. ld_arena_use() then says how many of them it has filled.
 */
u64 ld_arena_fit(struct ld_arena *arena, unsigned int worker, u64 units, u8 **at);
void ld_arena_use(struct ld_arena *arena, unsigned int worker, u64 units);

/* Bytes allocated for units. */
u64 ld_arena_bytes(const struct ld_arena *arena);

/* Blocks of an arena with FIXED. */
u64 ld_arena_fixed_blocks(const struct ld_arena_shape *shape, unsigned int workers, u64 units);

/* Bytes of memory that an arena with FIXED allocates. */
u64 ld_arena_fixed_bytes(const struct ld_arena_shape *shape, unsigned int workers, u64 units);

/*
 * About the bytes that an arena with GROW and @limit allocates until it holds
 * @units, with @reserve units reserved by all workers together.
 */
u64 ld_arena_estimate(const struct ld_arena_shape *shape, unsigned int workers, u64 limit,
		      u64 reserve, u64 units);

#endif
