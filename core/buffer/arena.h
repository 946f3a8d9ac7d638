/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arena.h - locked memory in blocks, which workers fill with units of one size.
 * A unit stays at its address until the arena is closed.
 *
 * Each worker fills its own block, so no lock is needed. A function with a
 * @worker is called by that worker only. The other functions are called while
 * no worker runs.
 */
#ifndef LIVEDUMP_ARENA_H
#define LIVEDUMP_ARENA_H

#include "core/control.h"
#include "port/port.h"

enum ld_arena_policy {
	LD_ARENA_GROW,		/* blocks are allocated when workers need them, up to a limit */
	LD_ARENA_FIXED,		/* blocks are allocated by ld_arena_open() and ld_arena_extend() */
};

struct ld_arena_shape {
	size_t unit;		/* bytes per unit */
	u64 block;		/* units per block */
	/*
	 * From 1 to block. A block is full if it has fewer units left than this
	 * and than a worker asks for.
	 */
	u64 least;
	/*
	 * Units of the largest allocation that is reserved; 0: any number. The host
	 * may not schedule while it maps one.
	 */
	u64 most;
	/* ... and of the blocks that such an allocation is divided into; 0: block. */
	u64 part;
	/* Nothing more is allocated in advance once it is cancelled; NULL: it cannot be. */
	const struct ld_control *control;
};

struct ld_arena_block {
	u8 *mem;		/* NULL: not allocated */
	u64 units;
	u64 allocated;		/* units of the allocation that begins here; 0: none does */
};

/* Where a worker writes its next unit. */
struct ld_arena_cursor {
	struct ld_arena_block *block;	/* NULL: none yet, or the arena is full */
	u64 used;			/* units of the block that are in use */
};

struct ld_arena {
	struct ld_arena_shape shape;
	enum ld_arena_policy policy;
	unsigned int workers;
	u64 limit;			/* GROW: maximum units of all blocks */
	struct ld_arena_cursor *cursors;	/* one per worker; in one allocation with blocks */
	/* Table of all blocks: those allocated in advance from its start, others from its end. */
	struct ld_arena_block *blocks;
	u64 nr_blocks;			/* entries of the table */
	port_atomic64_t ready;		/* blocks allocated in advance, for any worker */
	port_atomic64_t handed_out;	/* of these */
	port_atomic64_t grown;		/* GROW: blocks allocated when needed */
	port_atomic64_t requested;	/* GROW: units allocated; may exceed limit */
};

/*
 * Open an arena. GROW: it holds at most @units. FIXED: it holds at least
 * @units, however the workers share them, and the workers allocate them. Returns 0,
 * -ENOMEM, -ECANCELED, or the error of port_run(). Close it in all cases.
 */
int ld_arena_open(struct ld_arena *arena, const struct ld_arena_shape *shape,
		  enum ld_arena_policy policy, unsigned int workers, u64 units);
void ld_arena_close(struct ld_arena *arena);

/*
 * Only with FIXED: allocate so many blocks more that @units fit, however the workers share
 * them. Returns as ld_arena_open(); what was in the arena stays there in any case.
 */
int ld_arena_extend(struct ld_arena *arena, u64 units);

/* Bytes that ld_arena_extend() allocates for this. */
u64 ld_arena_extend_bytes(const struct ld_arena *arena, u64 units);

/*
 * Only with GROW: allocate @units in advance, at once or in allocations of
 * shape.most. If that fails, try half of what is left, and so on. This may take
 * the host a long time, so workers may call it at the same time, but not while
 * one calls ld_arena_fit(). Each worker then gets a block of it as long as there
 * is one, whoever has reserved it. What is not reserved a worker gets when it
 * needs it.
 */
void ld_arena_reserve(struct ld_arena *arena, u64 units);

/*
 * Find space for @units of @worker. Returns how many units fit, which may be
 * more or less than @units, and stores the address of the first in *@at.
 * Returns 0 if the arena is full. The worker then calls ld_arena_use() with the
 * number of units that it has filled.
 */
u64 ld_arena_fit(struct ld_arena *arena, unsigned int worker, u64 units, u8 **at);
void ld_arena_use(struct ld_arena *arena, unsigned int worker, u64 units);

/* Only with FIXED: at most so many units more fit. How the workers share them decides. */
u64 ld_arena_room(const struct ld_arena *arena);

/* Bytes allocated for units. */
u64 ld_arena_bytes(const struct ld_arena *arena);

/* The number of blocks of an arena with FIXED. */
u64 ld_arena_fixed_blocks(const struct ld_arena_shape *shape, unsigned int workers, u64 units);

/* Bytes that an arena with FIXED allocates. */
u64 ld_arena_fixed_bytes(const struct ld_arena_shape *shape, unsigned int workers, u64 units);

/*
 * Estimate the bytes that an arena with GROW and @limit allocates to hold
 * @units. All workers together reserve @reserve units.
 */
u64 ld_arena_estimate(const struct ld_arena_shape *shape, unsigned int workers, u64 limit,
		      u64 reserve, u64 units);

#endif
