// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_arena.c - blocks of locked memory, with both policies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "core/buffer/arena.h"
#include "tests/unit/fake.h"

#define WORKERS	3U
#define UNIT	64U
#define BLOCK	100U
#define LEAST	10U

static const struct ld_arena_shape shape = { .unit = UNIT, .block = BLOCK, .least = LEAST };

/* Have @worker fill @units, @nr at a time. Returns how many fit. */
static u64 fill(struct ld_arena *arena, unsigned int worker, u64 units, u64 nr)
{
	u64 done = 0;

	while (done < units) {
		u64 want = units - done < nr ? units - done : nr, fit;
		u8 *at;

		fit = ld_arena_fit(arena, worker, want, &at);
		if (!fit)
			break;
		if (fit < want)
			want = fit;
		memset(at, (int)worker + 1, want * UNIT);
		ld_arena_use(arena, worker, want);
		done += want;
	}
	return done;
}

static void test_grow(void **state)
{
	struct ld_arena arena;

	(void)state;
	assert_int_equal(ld_arena_open(&arena, &shape, LD_ARENA_GROW, WORKERS, 250), 0);
	assert_int_equal(ld_arena_bytes(&arena), 0);
	assert_int_equal(fill(&arena, 0, 1, 1), 1);
	assert_int_equal(ld_arena_bytes(&arena), BLOCK * UNIT);
	assert_int_equal(fill(&arena, 1, BLOCK + 1, 1), BLOCK + 1);
	/* The rest of the limit is a smaller block. */
	assert_int_equal(ld_arena_bytes(&arena), 250 * UNIT);
	assert_int_equal(fill(&arena, 2, 1, 1), 0);
	/* Workers with a block continue. */
	assert_int_equal(fill(&arena, 0, 1000, 1), BLOCK - 1);
	assert_int_equal(fill(&arena, 1, 1000, 1), 49);
	assert_int_equal(fill(&arena, 1, 1000, 1), 0);
	assert_int_equal(ld_arena_bytes(&arena), 250 * UNIT);
	ld_arena_close(&arena);
}

/* A block with fewer than LEAST units left is not filled further. */
static void test_block_ends(void **state)
{
	struct ld_arena arena;
	u8 *at, *next;

	(void)state;
	assert_int_equal(ld_arena_open(&arena, &shape, LD_ARENA_GROW, 1, 1000), 0);
	assert_int_equal(ld_arena_fit(&arena, 0, 5, &at), BLOCK);
	ld_arena_use(&arena, 0, BLOCK - LEAST);
	assert_int_equal(ld_arena_fit(&arena, 0, 50, &next), LEAST);
	assert_ptr_equal(next, at + (BLOCK - LEAST) * UNIT);
	ld_arena_use(&arena, 0, 1);
	/* Exactly as many units fit as are left. */
	assert_int_equal(ld_arena_fit(&arena, 0, LEAST - 1, &next), LEAST - 1);
	assert_ptr_equal(next, at + (BLOCK - LEAST + 1) * UNIT);
	assert_int_equal(ld_arena_fit(&arena, 0, LEAST, &next), BLOCK);
	assert_int_equal(ld_arena_bytes(&arena), 2 * BLOCK * UNIT);
	ld_arena_close(&arena);
}

/*
 * As many units fit as promised, however the workers share them, and nothing is
 * allocated later.
 */
static void test_fixed(void **state)
{
	static const u64 share[][WORKERS] = {
		{ 9500, 0, 0 }, { 1, 9498, 1 }, { 3167, 3166, 3167 },
	};

	(void)state;
	for (unsigned int s = 0; s < sizeof(share) / sizeof(share[0]); s++) {
		for (u64 nr = 1; nr <= 2 * LEAST; nr++) {
			struct ld_arena arena;
			u64 bytes;
			int err;

			err = ld_arena_open(&arena, &shape, LD_ARENA_FIXED, WORKERS, 9500);
			assert_int_equal(err, 0);
			bytes = ld_arena_bytes(&arena);
			assert_int_equal(bytes + arena.nr_blocks * sizeof(*arena.blocks),
					 ld_arena_fixed_bytes(&shape, WORKERS, 9500));
			assert_true(bytes >= 9500 * UNIT);
			fake_alloc_dead = true;
			for (unsigned int w = 0; w < WORKERS; w++)
				assert_int_equal(fill(&arena, w, share[s][w], nr), share[s][w]);
			fake_alloc_dead = false;
			/* There is memory, but the arena must not use it. */
			for (unsigned int w = 0; w < WORKERS; w++)
				fill(&arena, w, 20000, 1);
			for (unsigned int w = 0; w < WORKERS; w++)
				assert_int_equal(fill(&arena, w, 1, 1), 0);
			assert_int_equal(ld_arena_bytes(&arena), bytes);
			ld_arena_close(&arena);
		}
	}
}

/*
 * A full arena is extended: as many more units fit as promised, those that were there stay,
 * and an extension that fails changes nothing.
 */
static void test_extend(void **state)
{
	(void)state;
	for (int fails = -1; fails < 6; fails++) {
		struct ld_arena arena;
		u8 *at[WORKERS], *next;
		u64 bytes, more;

		assert_int_equal(ld_arena_open(&arena, &shape, LD_ARENA_FIXED, WORKERS, 1000), 0);
		for (unsigned int w = 0; w < WORKERS; w++) {
			assert_true(ld_arena_fit(&arena, w, 1, &at[w]));
			memset(at[w], (int)w + 1, UNIT);
		}
		/* Two find the arena full, and the last block of the first one has space left. */
		assert_int_equal(fill(&arena, 0, 20, 1), 20);
		fill(&arena, 1, 5000, 1);
		assert_int_equal(fill(&arena, 1, 1, 1) + fill(&arena, 2, 1000, BLOCK), BLOCK);
		bytes = ld_arena_bytes(&arena);
		more = ld_arena_extend_bytes(&arena, 2000);
		assert_true(more >= 2000 * UNIT);
		fake_alloc_left = fails;
		if (fails >= 0) {
			assert_int_equal(ld_arena_extend(&arena, 2000), -ENOMEM);
			assert_int_equal(ld_arena_bytes(&arena), bytes);
			assert_int_equal(fill(&arena, 1, 1, 1), 0);
		}
		fake_alloc_left = -1;
		assert_int_equal(ld_arena_extend(&arena, 2000), 0);
		assert_int_equal(ld_arena_extend_bytes(&arena, 2000), 0);
		assert_true(ld_arena_bytes(&arena) - bytes <= more);
		fake_alloc_dead = true;
		/* It goes on where it was. */
		assert_int_equal(ld_arena_fit(&arena, 0, 1, &next), BLOCK - 20);
		assert_ptr_equal(next, at[0] + 20 * UNIT);
		assert_int_equal(fill(&arena, 0, BLOCK - 20, 1), BLOCK - 20);
		assert_int_equal(fill(&arena, 1, 2000, 1), 2000);
		assert_int_equal(ld_arena_extend(&arena, 2000), -ENOMEM);
		fake_alloc_dead = false;
		for (unsigned int w = 0; w < WORKERS; w++)
			assert_int_equal(*at[w], w + 1);
		ld_arena_close(&arena);
	}
}

static void test_reserve(void **state)
{
	struct ld_arena arena;
	u8 *at;

	(void)state;
	/* All units, half of them if that fails, and none if even one block fails. */
	for (int fails = 0; fails < 4; fails++) {
		assert_int_equal(ld_arena_open(&arena, &shape, LD_ARENA_GROW, 1, 10000), 0);
		fake_alloc_left = fails ? 0 : -1;
		if (fails == 3)
			fake_alloc_dead = true;
		ld_arena_reserve(&arena, fails == 2 ? BLOCK - 1 : 8 * BLOCK);
		fake_alloc_left = -1;
		fake_alloc_dead = true;
		assert_int_equal(ld_arena_bytes(&arena),
				 (fails == 0 ? 8 : fails == 1 ? 4 : 0) * BLOCK * UNIT);
		assert_int_equal(fill(&arena, 0, 10000, 10),
				 (fails == 0 ? 8 : fails == 1 ? 4 : 0) * BLOCK);
		fake_alloc_dead = false;
		assert_int_equal(ld_arena_fit(&arena, 0, 1, &at), BLOCK);
		ld_arena_close(&arena);
	}
}

/* More than one allocation may have is reserved in several, which are used in turn. */
static void test_reserve_many(void **state)
{
	const struct ld_arena_shape limited = {
		.unit = UNIT, .block = BLOCK, .least = LEAST, .most = 3 * BLOCK,
	};
	struct ld_arena arena;

	(void)state;
	for (int fails = 0; fails < 2; fails++) {
		u64 units = fails ? 550 : 8 * BLOCK;

		assert_int_equal(ld_arena_open(&arena, &limited, LD_ARENA_GROW, WORKERS, 10000),
				 0);
		/* After the first block of 3, 5 are left, and then half of them. */
		fake_alloc_left = fails ? 1 : -1;
		ld_arena_reserve(&arena, 8 * BLOCK);
		fake_alloc_left = -1;
		ld_arena_reserve(&arena, BLOCK);
		assert_int_equal(ld_arena_bytes(&arena), (units + BLOCK) * UNIT);
		/* All of it is used, without another allocation. */
		fake_alloc_dead = true;
		assert_int_equal(fill(&arena, 1, BLOCK, 10), BLOCK);
		assert_int_equal(fill(&arena, 0, 10000, 10), units);
		assert_int_equal(fill(&arena, 1, 10000, 10), 0);
		fake_alloc_dead = false;
		assert_int_equal(fill(&arena, 0, BLOCK, 10), BLOCK);
		ld_arena_close(&arena);
	}
}

/* A worker that waits for a processor keeps from the others only the part that it has begun. */
static void test_stalled(void **state)
{
	(void)state;
	for (unsigned int part = 0; part <= 2; part++) {
		struct ld_arena_shape parts = shape;
		unsigned int blocks = part ? part : 1;

		parts.part = part * BLOCK;
		for (unsigned int begun = 0; begun < 2; begun++) {
			struct ld_arena arena;

			assert_int_equal(ld_arena_open(&arena, &parts, LD_ARENA_GROW, 2,
						       16 * BLOCK), 0);
			for (unsigned int w = 0; w < 2; w++)
				ld_arena_reserve(&arena, 8 * BLOCK);
			assert_int_equal(ld_arena_bytes(&arena), 16 * BLOCK * UNIT);
			assert_int_equal(fill(&arena, 1, begun, 1), begun);
			assert_int_equal(fill(&arena, 0, 10000, 10),
					 (16 - begun * blocks) * BLOCK);
			/* It goes on with what it has. */
			assert_int_equal(fill(&arena, 1, 10000, 1),
					 begun ? blocks * BLOCK - 1 : 0);
			ld_arena_close(&arena);
		}
	}
}

struct reservation {
	struct ld_arena arena;
	u64 units;			/* for each worker */
	u64 filled[WORKERS];
};

static int reserve_share(void *arg, unsigned int worker)
{
	struct reservation *r = arg;

	(void)worker;
	ld_arena_reserve(&r->arena, r->units);
	return 0;
}

static int fill_share(void *arg, unsigned int worker)
{
	struct reservation *r = arg;

	r->filled[worker] = fill(&r->arena, worker, 1000000, 7);
	return 0;
}

/* Workers that reserve and fill at the same time get all of it, and no block twice. */
static void test_together(void **state)
{
	const struct ld_arena_shape limited = {
		.unit = UNIT, .block = BLOCK, .least = 1, .most = 5 * BLOCK, .part = 2 * BLOCK,
	};
	struct reservation r = { .units = 777 };
	u64 bytes = WORKERS * 777 * UNIT, units[WORKERS + 1] = { 0 };

	(void)state;
	assert_int_equal(ld_arena_open(&r.arena, &limited, LD_ARENA_GROW, WORKERS, 3 * 777), 0);
	port_run(WORKERS, reserve_share, &r);
	assert_int_equal(ld_arena_bytes(&r.arena), bytes);
	port_run(WORKERS, fill_share, &r);
	assert_int_equal(ld_arena_bytes(&r.arena), bytes);
	for (u64 i = 0; i < r.arena.nr_blocks; i++)
		for (u64 u = 0; u < r.arena.blocks[i].units; u++)
			units[r.arena.blocks[i].mem[u * UNIT]]++;
	for (unsigned int w = 0; w < WORKERS; w++)
		assert_int_equal(units[w + 1], r.filled[w]);
	assert_int_equal(r.filled[0] + r.filled[1] + r.filled[2], 3 * 777);
	ld_arena_close(&r.arena);
}

/* Who cancels a dump does not wait until all of its memory is there. */
static void cancel_arena(enum ld_arena_policy policy, unsigned int workers)
{
	struct ld_control control = { 0 };
	const struct ld_arena_shape limited = {
		.unit = UNIT, .block = BLOCK, .least = LEAST, .most = BLOCK,
		.control = &control,
	};
	struct ld_arena arena;
	u64 blocks;

	fake_alloc_cancels = &control;
	/* The table, and three blocks. */
	fake_alloc_left = 3;
	assert_int_equal(ld_arena_open(&arena, &limited, policy, workers, 1000 * BLOCK),
			 policy == LD_ARENA_FIXED ? -ECANCELED : 0);
	if (policy == LD_ARENA_GROW)
		ld_arena_reserve(&arena, 1000 * BLOCK);
	fake_alloc_cancels = NULL;
	fake_alloc_left = -1;
	blocks = ld_arena_bytes(&arena) / (BLOCK * UNIT);
	/* Other workers may have begun one each. */
	assert_true(blocks >= 3 && blocks < 3 + (policy == LD_ARENA_FIXED ? workers : 1));
	ld_arena_close(&arena);
}

static void test_cancelled(void **state)
{
	(void)state;
	cancel_arena(LD_ARENA_FIXED, 1);
	cancel_arena(LD_ARENA_FIXED, WORKERS);
	cancel_arena(LD_ARENA_GROW, WORKERS);
}

static port_atomic64_t allocating;	/* threads that have begun to, until all have */

/* Wait until all workers allocate, but not for ever. */
static void meet(void)
{
	u64 end = port_now_ns() + 10000000000ULL;

	if (port_atomic64_read(&allocating) >= (s64)WORKERS)
		return;
	port_atomic64_add(&allocating, 1);
	while (port_atomic64_read(&allocating) < (s64)WORKERS && port_now_ns() < end)
		port_yield();
	/* Only the first one that waits in vain waits long. */
	port_atomic64_add(&allocating, port_now_ns() < end ? 0 : 100);
}

/* All workers allocate what is to be there before a pause. */
static void test_fixed_together(void **state)
{
	struct ld_arena arena;

	(void)state;
	fake_alloc_locked = meet;
	assert_int_equal(ld_arena_open(&arena, &shape, LD_ARENA_FIXED, WORKERS, 9500), 0);
	assert_int_equal(port_atomic64_read(&allocating), WORKERS);
	for (unsigned int w = 0; w < WORKERS; w++)
		fill(&arena, w, w ? 1 : 20000, 1);
	port_atomic64_set(&allocating, 0);
	assert_int_equal(ld_arena_extend(&arena, 9500), 0);
	assert_int_equal(port_atomic64_read(&allocating), WORKERS);
	fake_alloc_locked = NULL;
	ld_arena_close(&arena);
}

/* A failed allocation does not count towards the limit. */
static void test_no_memory(void **state)
{
	struct ld_arena arena;

	(void)state;
	assert_int_equal(ld_arena_open(&arena, &shape, LD_ARENA_GROW, 1, 2 * BLOCK), 0);
	fake_alloc_dead = true;
	for (int i = 0; i < 100; i++)
		assert_int_equal(fill(&arena, 0, 1, 1), 0);
	fake_alloc_dead = false;
	assert_int_equal(fill(&arena, 0, 1000, 1), 2 * BLOCK);
	ld_arena_close(&arena);

	for (int nr = 0; nr < 4; nr++) {
		fake_alloc_left = nr;
		assert_int_equal(ld_arena_open(&arena, &shape, LD_ARENA_FIXED, 1, 250), -ENOMEM);
		fake_alloc_left = -1;
		ld_arena_close(&arena);
	}
}

static void test_estimate(void **state)
{
	struct ld_arena arena;
	u64 bytes;

	(void)state;
	assert_int_equal(ld_arena_open(&arena, &shape, LD_ARENA_GROW, WORKERS, 10000), 0);
	for (unsigned int w = 0; w < WORKERS; w++) {
		ld_arena_reserve(&arena, 500);
		assert_int_equal(fill(&arena, w, 800, 3), 800);
	}
	bytes = ld_arena_estimate(&shape, WORKERS, 10000, 1500, 2400);
	assert_true(bytes >= ld_arena_bytes(&arena) - WORKERS * BLOCK * UNIT &&
		    bytes <= ld_arena_bytes(&arena) + WORKERS * BLOCK * UNIT);
	assert_int_equal(ld_arena_estimate(&shape, WORKERS, 1000, 0, 2400), 1000 * UNIT);
	ld_arena_close(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_block_ends),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_extend),
		cmocka_unit_test(test_fixed_together),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_reserve_many),
		cmocka_unit_test(test_stalled),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_estimate),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
