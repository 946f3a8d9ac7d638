// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_pagebuf.c - copies of page frames: the latest copy is the one that is read. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer/pagebuf.h"
#include "tests/unit/fake.h"

/* Four blocks of pages. The last chunk is not full. */
#define FRAMES	(8 * LD_CHUNK - 100)
#define CHUNKS	8U
#define LEVEL	31U

static const struct ld_range ranges[] = { { 0, FRAMES }, { 0, 0 } };

/* The kinds of copies. */
enum kind { CONTENT, OTHER, ZERO, BAD, DROPPED, NR_KINDS };

struct buffer {
	struct fake_source src;
	struct ld_groups groups;
	struct ld_pagebuf buf;
	struct ld_scan scan;
	/* The expected kind of the latest copy of each page frame. */
	bool stored[FRAMES];
	enum kind kind[FRAMES];
	u64 stamp[FRAMES];
};

static void buffer_open(struct buffer *b, enum ld_arena_policy policy, u64 pages, u64 reads)
{
	struct ld_pagebuf_size size = { .policy = policy, .pages = pages, .reads = reads };

	memset(b, 0, sizeof(*b));
	fake_open(&b->src, ranges);
	assert_int_equal(ld_groups_open(&b->groups, &b->src.src), 0);
	assert_int_equal(ld_pagebuf_open(&b->buf, &b->src.src, &b->groups, 1, &size), 0);
}

static void buffer_close(struct buffer *b)
{
	ld_pagebuf_close(&b->buf);
	ld_groups_close(&b->groups);
	fake_close(&b->src);
}

/* Make the copies of page frame @pfn be of @kind. */
static void change(struct buffer *b, u64 pfn, enum kind kind, u64 stamp)
{
	u64 *page = (u64 *)fake_page(&b->src, pfn);

	b->src.bad[pfn] = kind == BAD;
	b->src.page_flags[pfn] = kind == DROPPED ? LD_PAGE_FREE : LD_PAGE_SLAB;
	memset(page, 0, FAKE_PAGE);
	if (kind != ZERO)
		page[pfn % 512] = stamp;
	b->kind[pfn] = kind;
	b->stamp[pfn] = stamp;
}

/* Store the page frames of @chunk that are in @want; all of them fit. */
static void store(struct buffer *b, u64 chunk, const u64 *want)
{
	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		b->stored[chunk * LD_CHUNK + i] = true;
	assert_int_equal(ld_pagebuf_read(&b->buf, &b->src.src, 0, chunk, LEVEL, want, &b->scan), 0);
}

static void check_frame(const struct buffer *b, u64 pfn, const u64 *page, bool zero,
			const struct ld_pagebuf_masks *masks)
{
	bool stored = b->stored[pfn];
	enum kind kind = b->kind[pfn];
	u64 i = pfn % LD_CHUNK;

	assert_int_equal(ld_bit(masks->read, i), stored);
	assert_int_equal(ld_bit(masks->good, i), stored && kind != BAD && kind != DROPPED);
	assert_int_equal(ld_bit(masks->bad, i), stored && kind == BAD);
	assert_int_equal(zero, stored && kind == ZERO);
	assert_int_equal(!!page, stored && (kind == CONTENT || kind == OTHER));
	if (!page)
		return;
	for (unsigned int w = 0; w < 512; w++)
		assert_int_equal(page[w], w == pfn % 512 ? b->stamp[pfn] : 0);
}

/* Check the latest copy of each page frame. */
static void check(const struct buffer *b)
{
	for (u64 chunk = 0; chunk < CHUNKS; chunk++) {
		const void *page[LD_CHUNK] = { NULL };
		u64 zero[LD_CHUNK_WORDS] = { 0 };
		struct ld_pagebuf_masks masks;

		ld_pagebuf_masks(&b->buf, chunk, &masks);
		ld_pagebuf_pages(&b->buf, chunk, page, zero);
		for (u64 i = 0; i < LD_CHUNK && chunk * LD_CHUNK + i < FRAMES; i++) {
			const void *found;

			check_frame(b, chunk * LD_CHUNK + i, page[i], ld_bit(zero, i), &masks);
			assert_int_equal(ld_pagebuf_find(&b->buf, chunk * LD_CHUNK + i, &found),
					 page[i] || ld_bit(zero, i));
			assert_ptr_equal(found, page[i]);
		}
	}
}

/* Page frames that no machine has may be asked for. */
static void test_find_nowhere(void **state)
{
	static const u64 pfns[] = { FRAMES, 1ULL << 20, 1ULL << 40, UINT64_MAX };
	struct ld_pagebuf never = { NULL };
	static struct buffer b;
	const void *found;

	(void)state;
	buffer_open(&b, LD_ARENA_GROW, LD_CHUNK, 16);
	for (unsigned int i = 0; i < sizeof(pfns) / sizeof(*pfns); i++)
		assert_false(ld_pagebuf_find(&b.buf, pfns[i], &found));
	assert_false(ld_pagebuf_find(&never, 0, &found));
	buffer_close(&b);
}

/* A copy of every kind replaces one of every kind. Other page frames are stored once. */
static void test_latest_copy(void **state)
{
	static struct buffer b;

	(void)state;
	for (enum ld_arena_policy policy = LD_ARENA_GROW; policy <= LD_ARENA_FIXED; policy++) {
		u64 all[LD_CHUNK_WORDS] = { 0 }, again[LD_CHUNK_WORDS] = { 0 };

		buffer_open(&b, policy, 4 * LD_CHUNK, 16);
		for (u64 i = 0; i < 10 * NR_KINDS * NR_KINDS; i++) {
			change(&b, i, i / NR_KINDS % NR_KINDS, i + 1);
			ld_bit_set(all, i);
		}
		store(&b, 0, all);
		check(&b);
		for (u64 i = 0; i < 10 * NR_KINDS * NR_KINDS; i += 2) {
			change(&b, i, i % NR_KINDS, 1000 + i);
			ld_bit_set(again, i);
		}
		store(&b, 0, again);
		check(&b);
		/* And a third copy. */
		for (u64 i = 0; i < 10 * NR_KINDS * NR_KINDS; i += 2)
			change(&b, i, (i / 2 + 1) % NR_KINDS, 2000 + i);
		store(&b, 0, again);
		check(&b);
		buffer_close(&b);
	}
}

/* Random page frames in random order, across the ends of blocks. */
static void test_any_order(void **state)
{
	static struct buffer b;

	(void)state;
	srand(1);
	for (enum ld_arena_policy policy = LD_ARENA_GROW; policy <= LD_ARENA_FIXED; policy++) {
		buffer_open(&b, policy, 200 * LD_CHUNK, 200);
		for (u64 round = 1; round <= 200; round++) {
			u64 want[LD_CHUNK_WORDS] = { 0 }, chunk = (u64)rand() % CHUNKS;
			int share = rand() % 8;

			for (u64 i = 0; i < LD_CHUNK && chunk * LD_CHUNK + i < FRAMES; i++) {
				if (rand() % 8 < share)
					continue;
				ld_bit_set(want, i);
				change(&b, chunk * LD_CHUNK + i, (enum kind)(rand() % NR_KINDS),
				       round * FRAMES + i);
			}
			store(&b, chunk, want);
			if (round % 20 == 0)
				check(&b);
		}
		buffer_close(&b);
	}
}

/* A chunk has pages in two blocks, unless the first block has hardly any space left. */
static void test_block_ends(void **state)
{
	static struct buffer b;
	u64 all[LD_CHUNK_WORDS];

	(void)state;
	memset(all, 0xff, sizeof(all));
	for (u64 most = 1024 - LD_CHUNK + 64; most < 1024; most += 100) {
		buffer_open(&b, LD_ARENA_GROW, 4 * 1024, 16);
		for (u64 pfn = 0; pfn < 4 * LD_CHUNK; pfn++)
			change(&b, pfn, pfn < LD_CHUNK && pfn >= most - LD_CHUNK ? ZERO : CONTENT,
			       pfn + 1);
		for (u64 chunk = 0; chunk < 4; chunk++)
			store(&b, chunk, all);
		check(&b);
		assert_int_equal(!!b.buf.chunks[2]->next, 1024 - most >= 64);
		buffer_close(&b);
	}
}

/* Page frames that fit are stored correctly. The others are not stored. */
static void test_full(void **state)
{
	static struct buffer b;
	u64 all[LD_CHUNK_WORDS];

	(void)state;
	memset(all, 0xff, sizeof(all));
	for (enum ld_arena_policy policy = LD_ARENA_GROW; policy <= LD_ARENA_FIXED; policy++) {
		u64 fits, pages = 0;
		int err = 0;

		buffer_open(&b, policy, 700, 100);
		fits = policy == LD_ARENA_GROW ? 700 : ld_pagebuf_bytes(&b.buf) / FAKE_PAGE;
		for (u64 pfn = 0; pfn < 7 * LD_CHUNK; pfn++)
			change(&b, pfn, CONTENT, pfn + 1);
		for (u64 chunk = 0; chunk < 7 && !err; chunk++)
			err = ld_pagebuf_read(&b.buf, &b.src.src, 0, chunk, LEVEL, all, &b.scan);
		assert_int_equal(err, -ENOSPC);
		for (u64 chunk = 0; chunk < 7; chunk++) {
			struct ld_pagebuf_masks masks;

			ld_pagebuf_masks(&b.buf, chunk, &masks);
			for (u64 i = 0; i < LD_CHUNK; i++)
				b.stored[chunk * LD_CHUNK + i] = ld_bit(masks.read, i);
			pages += ld_weight(masks.good, LD_CHUNK_WORDS);
		}
		assert_int_equal(pages, fits);
		check(&b);
		/* Page frames without content need a page while they are read. */
		change(&b, 0, ZERO, 0);
		memset(all + 1, 0, sizeof(all) - sizeof(*all));
		assert_int_equal(ld_pagebuf_read(&b.buf, &b.src.src, 0, 0, LEVEL, all, &b.scan),
				 -ENOSPC);
		change(&b, 0, CONTENT, 1);
		check(&b);
		memset(all, 0xff, sizeof(all));
		buffer_close(&b);
	}
}

/* A page buffer with LD_ARENA_FIXED has all its memory when it is opened. */
static void test_fixed(void **state)
{
	static struct buffer b;
	struct ld_pagebuf_size size = {
		.policy = LD_ARENA_FIXED, .pages = FRAMES, .reads = CHUNKS,
	};

	(void)state;
	buffer_open(&b, size.policy, size.pages, size.reads);
	assert_true(ld_pagebuf_fixed_bytes(&b.src.src, 1, &size) >= ld_pagebuf_bytes(&b.buf));
	assert_true(ld_pagebuf_bytes(&b.buf) >= FRAMES * FAKE_PAGE);
	for (u64 pfn = 0; pfn < FRAMES; pfn++)
		change(&b, pfn, CONTENT, pfn + 1);
	fake_alloc_dead = true;
	for (u64 chunk = 0; chunk < CHUNKS; chunk++) {
		u64 want[LD_CHUNK_WORDS] = { 0 };

		ld_bits_set(want, 0, chunk == CHUNKS - 1 ? LD_CHUNK - 100 : LD_CHUNK);
		store(&b, chunk, want);
	}
	fake_alloc_dead = false;
	check(&b);
	buffer_close(&b);
}

/* Without memory for runs nothing is stored, and nothing is leaked. */
static void test_no_memory(void **state)
{
	static struct buffer b;
	u64 all[LD_CHUNK_WORDS];

	(void)state;
	memset(all, 0xff, sizeof(all));
	for (int nr = 0; nr < 3; nr++) {
		buffer_open(&b, LD_ARENA_GROW, FRAMES, 100);
		for (u64 pfn = 0; pfn < LD_CHUNK; pfn++)
			change(&b, pfn, CONTENT, pfn + 1);
		fake_alloc_left = nr;
		assert_int_equal(ld_pagebuf_read(&b.buf, &b.src.src, 0, 0, LEVEL, all, &b.scan),
				 nr < 2 ? -ENOSPC : 0);
		fake_alloc_left = -1;
		memset(b.stored, nr == 2, LD_CHUNK);
		check(&b);
		store(&b, 0, all);
		check(&b);
		buffer_close(&b);
	}
}

/*
 * Copies are written over in their places, whatever kind they were and are. New page
 * frames get a place. Without new ones no memory is used.
 */
static void test_in_place(void **state)
{
	static struct buffer b;
	struct ld_pagebuf_size size = {
		.policy = LD_ARENA_FIXED, .pages = FRAMES, .reads = 2 * CHUNKS, .in_place = true,
	};

	(void)state;
	srand(2);
	memset(&b, 0, sizeof(b));
	fake_open(&b.src, ranges);
	assert_int_equal(ld_groups_open(&b.groups, &b.src.src), 0);
	assert_int_equal(ld_pagebuf_open(&b.buf, &b.src.src, &b.groups, 1, &size), 0);
	for (u64 round = 0; round < 300; round++) {
		u64 want[LD_CHUNK_WORDS] = { 0 }, chunk = (u64)rand() % CHUNKS;
		int share = rand() % 8;

		for (u64 i = 0; i < LD_CHUNK && chunk * LD_CHUNK + i < FRAMES; i++) {
			u64 pfn = chunk * LD_CHUNK + i;

			/* Half of the page frames of each chunk are in its first run. */
			if (rand() % 8 < share || (!b.buf.chunks[chunk] && i % 2))
				continue;
			/* The next run has all others: there is memory for two. */
			if (b.buf.chunks[chunk] && !b.buf.chunks[chunk]->next && !b.stored[pfn])
				share = 0;
			ld_bit_set(want, i);
		}
		if (b.buf.chunks[chunk])
			for (u64 i = 0; i < LD_CHUNK && chunk * LD_CHUNK + i < FRAMES; i++)
				if (!b.buf.chunks[chunk]->next)
					ld_bit_set(want, i);
		for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
			change(&b, chunk * LD_CHUNK + i, (enum kind)(rand() % DROPPED),
			       round * FRAMES + i + 1);
			b.stored[chunk * LD_CHUNK + i] = true;
		}
		assert_int_equal(ld_pagebuf_update(&b.buf, &b.src.src, 0, chunk, want), 0);
		if (round % 20 == 0)
			check(&b);
	}
	check(&b);
	buffer_close(&b);
}

/* Copies that are not wanted any more are not good, and may become so again. */
static void test_forget(void **state)
{
	static struct buffer b;
	struct ld_pagebuf_size size = {
		.policy = LD_ARENA_FIXED, .pages = FRAMES, .reads = CHUNKS, .in_place = true,
	};
	u64 want[LD_CHUNK_WORDS] = { 0x3f0 }, some[LD_CHUNK_WORDS] = { 0xf00 };

	(void)state;
	memset(&b, 0, sizeof(b));
	fake_open(&b.src, ranges);
	assert_int_equal(ld_groups_open(&b.groups, &b.src.src), 0);
	assert_int_equal(ld_pagebuf_open(&b.buf, &b.src.src, &b.groups, 1, &size), 0);
	for (u64 pfn = 4; pfn < 10; pfn++) {
		change(&b, pfn, pfn % 3 ? CONTENT : ZERO, pfn);
		b.stored[pfn] = true;
	}
	assert_int_equal(ld_pagebuf_update(&b.buf, &b.src.src, 0, 0, want), 0);
	check(&b);
	ld_pagebuf_forget(&b.buf, 0, some);
	b.kind[8] = DROPPED;
	b.kind[9] = DROPPED;
	check(&b);
	change(&b, 8, ZERO, 0);
	change(&b, 9, CONTENT, 77);
	assert_int_equal(ld_pagebuf_update(&b.buf, &b.src.src, 0, 0, want), 0);
	check(&b);
	buffer_close(&b);
}

/* A buffer that was not opened. */
static void test_none(void **state)
{
	const void *page[LD_CHUNK] = { NULL };
	u64 zero[LD_CHUNK_WORDS] = { 0 };
	struct ld_pagebuf buf = { 0 };

	(void)state;
	ld_pagebuf_pages(&buf, 3, page, zero);
	assert_null(page[0]);
	assert_int_equal(ld_pagebuf_bytes(&buf), 0);
	ld_pagebuf_close(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_latest_copy),
		cmocka_unit_test(test_find_nowhere),
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_block_ends),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests_name("pagebuf", tests, NULL, NULL);
}
