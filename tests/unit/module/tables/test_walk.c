// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_walk.c - the walk over page tables, on made-up ones: what it names as
 * written to, what it clears, and how long it takes on a large machine.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "module/tables/bits.h"
#include "module/tables/split.h"
#include "module/tables/walk.h"
#include "tests/unit/fake.h"

#define P	(1ULL << 0)
#define RW	(1ULL << 1)
#define A	(1ULL << 5)
#define D	(1ULL << 6)
#define LARGE	(1ULL << 7)
#define PAT	(1ULL << 12)	/* of a large page */
#define NX	(1ULL << 63)
#define KERNEL	(P | RW | A | D | NX)
#define TABLE	(P | RW | A | D)

#define DIRECT	0xffff888000000000ULL
#define VMALLOC	0xffffc90000000000ULL
#define MEMMAP	0xffffea0000000000ULL
#define IMAGE	0xffffffff81000000ULL
#define G	(1ULL << 30)

/* Tables have page frames of their own, far above all RAM. */
#define TABLES	(1ULL << 34)

struct machine {
	struct ld_range ranges[2];
	struct ld_source src;
	struct ld_groups groups;
	struct track_maps maps;
	struct track_shadow shadow;
	struct track_tables tables;
	u64 **pages;		/* the tables */
	u64 nr, capacity;
	u64 reads;		/* calls of machine_table() */
	u64 own_from, own_to;	/* page frames of the dump's buffers */
};

static u64 *machine_table(void *ctx, u64 pfn)
{
	struct machine *m = ctx;

	m->reads++;
	return pfn >= TABLES && pfn - TABLES < m->nr ? m->pages[pfn - TABLES] : NULL;
}

static bool machine_own(void *ctx, u64 pfn)
{
	struct machine *m = ctx;

	return pfn >= m->own_from && pfn < m->own_to;
}

/* The memory from 512 MB to 1 GB is offline, and with it its struct pages. */
static bool machine_stays(u64 at, u64 bytes)
{
	(void)bytes;
	return at != DIRECT + G / 2 && at != MEMMAP + G / 2 / 64;
}

static u64 machine_add_table(struct machine *m)
{
	if (m->nr == m->capacity) {
		m->capacity = m->capacity ? m->capacity * 2 : 64;
		m->pages = realloc(m->pages, m->capacity * sizeof(*m->pages));
		assert_non_null(m->pages);
	}
	m->pages[m->nr] = calloc(512, sizeof(u64));
	assert_non_null(m->pages[m->nr]);
	return TABLES + m->nr++;
}

/* The entry of @level for @vaddr. Makes the tables that lead there. */
static u64 *machine_entry(struct machine *m, u64 vaddr, unsigned int level)
{
	u64 *table = machine_table(m, m->tables.root);

	for (unsigned int l = m->tables.paging.levels;; l--) {
		u64 *entry = &table[vaddr >> (12 + (l - 1) * 9) & 511];

		if (l == level)
			return entry;
		if (!(*entry & P))
			*entry = machine_add_table(m) << 12 | TABLE;
		table = machine_table(m, (*entry & m->tables.paging.address) >> 12);
	}
}

static u64 *machine_map(struct machine *m, u64 vaddr, u64 pfn, unsigned int level, u64 flags)
{
	u64 *entry = machine_entry(m, vaddr, level);

	*entry = pfn << 12 | flags | (level > 1 ? LARGE : 0);
	return entry;
}

static void map_open(struct ld_map *map, const struct ld_groups *groups)
{
	map->groups = groups;
	map->words = calloc(1, ld_map_bytes(groups));
	assert_non_null(map->words);
}

/* Of the page frames for tables the first @tables are RAM, too. */
static void machine_open_with(struct machine *m, unsigned int levels, u64 frames, u64 tables)
{
	memset(m, 0, sizeof(*m));
	m->ranges[0] = (struct ld_range){ 0, frames };
	m->ranges[1] = (struct ld_range){ TABLES, TABLES + tables };
	m->src = (struct ld_source){ .page_shift = 12, .nr_ranges = tables ? 2 : 1,
				     .ranges = m->ranges, .max_pfn = frames };
	assert_int_equal(ld_groups_open(&m->groups, &m->src), 0);
	map_open(&m->maps.changed, &m->groups);
	map_open(&m->maps.read_only, &m->groups);
	map_open(&m->maps.not_raw, &m->groups);
	map_open(&m->maps.retyped, &m->groups);
	map_open(&m->maps.used, &m->groups);
	m->maps.touched = calloc(m->groups.nr, sizeof(u64));
	assert_non_null(m->maps.touched);
	m->tables = (struct track_tables){
		.table = machine_table,
		.ctx = m,
		.paging = ld_arch_x86_64.paging,
		.direct_start = DIRECT,
		.direct_end = DIRECT + (frames << 12),
		.memmap_start = MEMMAP,
		.memmap_end = MEMMAP + frames * 64,
		.memmap_each = 64,
	};
	m->tables.pointer = TABLE;
	m->tables.paging.levels = levels;
	m->tables.root = machine_add_table(m);
	assert_int_equal(track_shadow_open(&m->shadow), 0);
}

static void machine_open(struct machine *m, unsigned int levels, u64 frames)
{
	machine_open_with(m, levels, frames, 0);
}

static void machine_close(struct machine *m)
{
	track_shadow_close(&m->shadow);
	free(m->maps.changed.words);
	free(m->maps.read_only.words);
	free(m->maps.not_raw.words);
	free(m->maps.retyped.words);
	free(m->maps.used.words);
	free(m->maps.touched);
	ld_groups_close(&m->groups);
	for (u64 i = 0; i < m->nr; i++)
		free(m->pages[i]);
	free(m->pages);
}

static void forget_changed(struct machine *m)
{
	memset(m->maps.changed.words, 0, ld_map_bytes(&m->groups));
	memset(m->maps.retyped.words, 0, ld_map_bytes(&m->groups));
	memset(m->maps.used.words, 0, ld_map_bytes(&m->groups));
	memset(m->maps.touched, 0, m->groups.nr * sizeof(u64));
}

/* The bits of touched are those of the chunks that have something. */
static void check_touched(const struct machine *m)
{
	for (u64 n = 0; n < m->groups.nr_chunks; n++) {
		u64 first = ld_groups_chunk(&m->groups, n) * LD_CHUNK;
		bool marked = ld_map_any(&m->maps.changed, first, first + LD_CHUNK) ||
			      ld_map_any(&m->maps.retyped, first, first + LD_CHUNK) ||
			      ld_map_any(&m->maps.used, first, first + LD_CHUNK);

		assert_int_equal(ld_bit(m->maps.touched, n), marked);
	}
}

static struct track_walk walk_of(struct machine *m, enum track_mode mode)
{
	return (struct track_walk){ .tables = &m->tables, .shadow = &m->shadow, .maps = &m->maps,
				    .mode = mode, .workers = 1 };
}

/* Walks to the end, allocating what is needed. Returns the number of tables looked at. */
static u64 run(struct machine *m, struct track_walk *w)
{
	int err;

	while ((err = track_walk(w)) == -ENOSPC)
		assert_int_equal(track_shadow_grow(&m->shadow), 0);
	assert_int_equal(err, 0);
	check_touched(m);
	return w->scanned;
}

static u64 sweep(struct machine *m)
{
	struct track_walk w = walk_of(m, TRACK_LIVE);

	forget_changed(m);
	return run(m, &w);
}

static u64 sweep_pruned(struct machine *m)
{
	struct track_walk w = walk_of(m, TRACK_LIVE);

	w.prune = true;
	w.skip_own = true;
	forget_changed(m);
	return run(m, &w);
}

static u64 count(const struct machine *m, const struct ld_map *map)
{
	u64 n = 0;

	for (u64 i = 0; i < m->groups.nr * LD_GROUP_WORDS; i++)
		n += ld_popcount(map->words[i]);
	return n;
}

#define assert_changed(m, n)	assert_int_equal(count(m, &(m)->maps.changed), n)

static bool is_changed(const struct machine *m, u64 pfn)
{
	return ld_map_any(&m->maps.changed, pfn, pfn + 1);
}

/* Four and five levels: first all is named, then nothing, then what is written to. */
static void test_dirty_bits(void **state)
{
	(void)state;
	for (unsigned int levels = 4; levels <= 5; levels++) {
		struct machine m;
		u64 *small, *large, *huge;

		machine_open(&m, levels, 3 * G >> 12);
		small = machine_map(&m, VMALLOC, 77, 1, KERNEL);
		large = machine_map(&m, DIRECT + (4 << 20), 1024, 2, KERNEL);
		huge = machine_map(&m, DIRECT + G, G >> 12, 3, KERNEL);
		sweep(&m);
		assert_changed(&m, 1 + 512 + 262144);
		assert_int_equal(*small & D, 0);
		assert_int_equal(*large & D, 0);
		assert_int_equal(*huge & D, 0);
		sweep(&m);
		assert_changed(&m, 0);
		*small |= A;
		sweep(&m);
		assert_changed(&m, 0);
		*small |= D;
		sweep(&m);
		assert_changed(&m, 1);
		assert_true(is_changed(&m, 77));
		*large |= D;
		sweep(&m);
		assert_changed(&m, 512);
		assert_true(is_changed(&m, 1024) && is_changed(&m, 1024 + 511));
		*huge |= D;
		sweep(&m);
		assert_changed(&m, 262144);
		assert_true(ld_map_any(&m.maps.not_raw, 77, 78));
		assert_int_equal(count(&m, &m.maps.not_raw), 1);
		assert_int_equal(count(&m, &m.maps.read_only), 0);
		machine_close(&m);
	}
}

/* The attribute bit of a large page is where a small page has an address. */
static void test_large_attribute(void **state)
{
	struct machine m;
	u64 *large;

	(void)state;
	machine_open(&m, 4, G >> 12);
	large = machine_map(&m, DIRECT, 0, 2, KERNEL | PAT);
	sweep(&m);
	*large |= D;
	sweep(&m);
	assert_changed(&m, 512);
	assert_true(is_changed(&m, 0));
	machine_close(&m);
}

/* A read-only entry keeps its dirty bit, and its page is named by another map, for good. */
static void test_read_only(void **state)
{
	struct machine m;
	u64 *page, *upper, *below;

	(void)state;
	machine_open(&m, 4, G >> 12);
	page = machine_map(&m, VMALLOC, 5, 1, P | A | D);
	below = machine_map(&m, VMALLOC + G, 6, 1, KERNEL);
	upper = machine_entry(&m, VMALLOC + G, 2);
	*upper &= ~RW;
	sweep(&m);
	assert_changed(&m, 2);
	assert_int_equal(*page & D, D);
	assert_int_equal(*below & D, D);
	assert_int_equal(count(&m, &m.maps.read_only), 2);
	sweep(&m);
	assert_changed(&m, 0);
	*page = 5 << 12 | KERNEL;
	sweep(&m);
	assert_changed(&m, 1);
	assert_int_equal(*page & D, 0);
	assert_int_equal(count(&m, &m.maps.read_only), 2);
	machine_close(&m);
}

/* The image of 4 MB from page frame 1024 on: code by a large page, then data by small ones. */
static void image_open(struct machine *m, bool counted)
{
	struct track_walk w;

	machine_open(m, 4, G >> 12);
	assert_int_equal(track_image_open(&m->maps.image, IMAGE, IMAGE + (4 << 20), 1024), 0);
	m->maps.image.counted = counted;
	machine_map(m, IMAGE, 1024, 2, P | A | D);
	machine_map(m, IMAGE + (2 << 20), 1536, 1, P | A | D | NX);
	machine_map(m, IMAGE + (2 << 20) + 4096, 1537, 1, KERNEL);
	/* The direct map, by which the image is read-only, too. */
	machine_map(m, DIRECT + (4 << 20), 1024, 2, P | A | D | NX);
	machine_map(m, DIRECT + (6 << 20), 1536, 1, P | A | D | NX);
	/* A page frame of someone else's, and one of the image's out of place. */
	machine_map(m, VMALLOC, 77, 1, P | A | NX);
	machine_map(m, IMAGE + (2 << 20) + 8192, 1600, 1, P | A | NX);
	w = walk_of(m, TRACK_LIVE);
	w.add_image = true;
	run(m, &w);
	forget_changed(m);
}

static void image_close(struct machine *m)
{
	track_image_close(&m->maps.image);
	machine_close(m);
}

static bool is_fixed(const struct machine *m, u64 pfn)
{
	const u64 *fixed = track_image_fixed(&m->maps.image, pfn / LD_CHUNK);

	return fixed && ld_bit(fixed, pfn % LD_CHUNK);
}

/* What the image maps read-only is fixed, code until it is patched. */
static void test_image(void **state)
{
	struct machine m;

	(void)state;
	image_open(&m, true);
	assert_true(is_fixed(&m, 1024) && is_fixed(&m, 1535) && is_fixed(&m, 1536));
	assert_false(is_fixed(&m, 1537) || is_fixed(&m, 1538) || is_fixed(&m, 1600));
	assert_false(is_fixed(&m, 77) || is_fixed(&m, 1023) || is_fixed(&m, 2048));
	assert_int_equal(count(&m, &m.maps.read_only), 512 + 1 + 1 + 1);
	track_image_patched(&m.maps.image, &m.maps.changed);
	assert_changed(&m, 512);
	assert_true(is_changed(&m, 1024) && is_changed(&m, 1535));
	/* Later the image has nothing new. */
	machine_map(&m, IMAGE + (2 << 20) + (9 << 12), 1545, 1, P | A | NX);
	sweep(&m);
	assert_false(is_fixed(&m, 1545));
	image_close(&m);
	/* If nobody counts the patches, code is copied in each pause. */
	image_open(&m, false);
	assert_false(is_fixed(&m, 1024));
	assert_true(is_fixed(&m, 1536));
	track_image_patched(&m.maps.image, &m.maps.changed);
	assert_changed(&m, 0);
	image_close(&m);
}

/* A mapping of the image that changes is as any other from then on, in a pause, too. */
static void test_image_changed(void **state)
{
	(void)state;
	for (unsigned int paused = 0; paused < 2; paused++) {
		struct machine m;
		struct track_walk w;
		u64 *data, *code;

		image_open(&m, true);
		data = machine_entry(&m, IMAGE + (2 << 20), 1);
		code = machine_entry(&m, IMAGE, 2);
		w = walk_of(&m, paused ? TRACK_PAUSED : TRACK_LIVE);
		run(&m, &w);
		assert_changed(&m, 0);
		*data |= RW;
		w = walk_of(&m, paused ? TRACK_PAUSED : TRACK_LIVE);
		run(&m, &w);
		assert_true(is_changed(&m, 1536));
		assert_false(is_fixed(&m, 1536));
		assert_true(is_fixed(&m, 1024));
		*code = 0;
		w = walk_of(&m, paused ? TRACK_PAUSED : TRACK_LIVE);
		run(&m, &w);
		assert_true(is_changed(&m, 1024) && is_changed(&m, 1535));
		assert_false(is_fixed(&m, 1024) || is_fixed(&m, 1535));
		/* And back. */
		*data &= ~RW;
		sweep(&m);
		assert_false(is_fixed(&m, 1536));
		image_close(&m);
	}
}

/* Where the image is not known in whole chunks, nothing is fixed. */
static void test_image_unknown(void **state)
{
	struct track_image image;

	(void)state;
	assert_int_equal(track_image_open(&image, IMAGE + 4096, IMAGE + (4 << 20), 1024), 0);
	assert_null(track_image_fixed(&image, 2));
	track_image_close(&image);
	assert_int_equal(track_image_open(&image, IMAGE, IMAGE + (4 << 20), 1025), 0);
	track_image_add(&image, IMAGE, 1025, 1, false);
	track_image_drop(&image, IMAGE, 1);
	assert_null(track_image_fixed(&image, 2));
	track_image_close(&image);
}

/* A change of attributes counts, whatever became of the dirty bit. */
static void test_lost_bit(void **state)
{
	struct machine m;
	u64 *page;

	(void)state;
	machine_open(&m, 4, G >> 12);
	page = machine_map(&m, VMALLOC, 9, 1, KERNEL);
	sweep(&m);
	*page ^= NX;
	sweep(&m);
	assert_changed(&m, 1);
	assert_true(is_changed(&m, 9));
	sweep(&m);
	assert_changed(&m, 0);
	machine_close(&m);
}

/* A mapping that vanished, one that became another, a table that was replaced, and one freed. */
static void test_vanished(void **state)
{
	struct machine m;
	u64 *page, *upper;

	(void)state;
	machine_open(&m, 4, G >> 12);
	page = machine_map(&m, VMALLOC, 9, 1, KERNEL);
	machine_map(&m, VMALLOC + 4096, 11, 1, KERNEL);
	upper = machine_entry(&m, VMALLOC, 2);
	sweep(&m);
	*page = 0;
	sweep(&m);
	assert_changed(&m, 1);
	assert_true(is_changed(&m, 9));
	assert_false(ld_map_any(&m.maps.not_raw, 9, 10));
	*page = 10 << 12 | KERNEL;
	sweep(&m);
	assert_changed(&m, 1);
	*page = 12 << 12 | (KERNEL & ~D);
	sweep(&m);
	assert_changed(&m, 2);
	assert_true(is_changed(&m, 10) && is_changed(&m, 12));
	/* The whole table. */
	*upper = 0;
	sweep(&m);
	assert_changed(&m, 2);
	assert_true(is_changed(&m, 11) && is_changed(&m, 12));
	sweep(&m);
	assert_changed(&m, 0);
	/* A large page in its place, and a table in place of that. */
	machine_map(&m, VMALLOC, 512, 2, KERNEL);
	sweep(&m);
	assert_changed(&m, 512);
	*upper = 0;
	machine_map(&m, VMALLOC + 8192, 13, 1, KERNEL & ~D);
	sweep(&m);
	assert_changed(&m, 513);
	assert_true(is_changed(&m, 13));
	/* The same addresses by another table. */
	*upper = 0;
	machine_map(&m, VMALLOC + 8192, 13, 1, KERNEL & ~D);
	sweep(&m);
	assert_changed(&m, 1);
	/* A collapse: a large page in place of a table. */
	machine_map(&m, VMALLOC, 1024, 2, KERNEL & ~D);
	sweep(&m);
	assert_changed(&m, 513);
	sweep(&m);
	assert_changed(&m, 0);
	/* All of it. */
	*machine_entry(&m, VMALLOC, 4) = 0;
	sweep(&m);
	assert_changed(&m, 512);
	machine_close(&m);
}

static bool is_raw(const struct machine *m, u64 pfn)
{
	return !ld_map_any(&m->maps.not_raw, pfn, pfn + 1);
}

/* A page frame is not raw as long as it is a table, whatever becomes of it. */
static void test_tables_not_raw(void **state)
{
	struct machine m;
	struct track_walk w;
	u64 *upper, first, second;

	(void)state;
	machine_open_with(&m, 4, G >> 12, 512);
	machine_map(&m, VMALLOC, 9, 1, KERNEL);
	upper = machine_entry(&m, VMALLOC, 2);
	first = (*upper & m.tables.paging.address) >> 12;
	assert_true(is_raw(&m, first));
	sweep(&m);
	/* Those of three levels, and the page. */
	assert_int_equal(count(&m, &m.maps.not_raw), 4);
	assert_false(is_raw(&m, first));
	sweep(&m);
	assert_int_equal(count(&m, &m.maps.not_raw), 4);
	/* Another in its place. */
	*upper = 0;
	machine_map(&m, VMALLOC, 9, 1, KERNEL);
	second = (*upper & m.tables.paging.address) >> 12;
	sweep(&m);
	assert_true(is_raw(&m, first));
	assert_false(is_raw(&m, second));
	/* In a pause none is added, but what has gone is seen. */
	*upper = 0;
	machine_map(&m, VMALLOC + G, 10, 1, KERNEL);
	w = walk_of(&m, TRACK_PAUSED);
	assert_int_equal(track_walk(&w), 0);
	assert_true(is_raw(&m, second));
	assert_true(is_raw(&m, m.tables.root + 5));
	sweep(&m);
	assert_true(is_raw(&m, second));
	assert_false(is_raw(&m, m.tables.root + 5));
	/* With all above it. */
	*machine_entry(&m, VMALLOC, 4) = 0;
	sweep(&m);
	assert_int_equal(count(&m, &m.maps.not_raw), 0);
	machine_close(&m);
}

/* Not present, but not empty: at each walk, and inverted or not. */
static void test_not_present(void **state)
{
	struct machine m;
	u64 *page;

	(void)state;
	machine_open(&m, 4, G >> 12);
	page = machine_map(&m, DIRECT, 20, 1, KERNEL);
	sweep(&m);
	*page &= ~P;
	for (int i = 0; i < 3; i++) {
		sweep(&m);
		assert_true(is_changed(&m, 20));
	}
	*page = (~(21ULL << 12) & m.tables.paging.address) | RW | D;
	for (int i = 0; i < 3; i++) {
		sweep(&m);
		assert_true(is_changed(&m, 21));
		assert_int_equal(*page & D, D);
	}
	machine_close(&m);
}

/* In a pause each worker has a share, all shares are all, and the shadow stays as it was. */
static void test_paused(void **state)
{
	struct machine m;
	u64 *page, *huge;

	(void)state;
	machine_open(&m, 4, 4 * G >> 12);
	for (u64 at = 0; at < 2 * G; at += 2 << 20)
		machine_map(&m, DIRECT + at, at >> 12, 2, KERNEL);
	huge = machine_map(&m, DIRECT + 2 * G, 2 * G >> 12, 3, KERNEL);
	page = machine_map(&m, VMALLOC, 3 * G >> 12, 1, KERNEL);
	sweep(&m);
	for (unsigned int tries = 0; tries < 2; tries++) {
		u64 sum = 0;

		forget_changed(&m);
		for (u64 at = 0; at < 2 * G; at += 2 << 20)
			*machine_entry(&m, DIRECT + at, 2) |= D;
		*huge |= D;
		*page ^= NX;
		machine_map(&m, VMALLOC + 5 * G + tries * G, (3 * G >> 12) + 7 + tries, 1, KERNEL);
		for (unsigned int worker = 0; worker < 4; worker++) {
			struct track_walk w = walk_of(&m, TRACK_PAUSED);
			u64 before = count(&m, &m.maps.changed);

			w.worker = worker;
			w.workers = 4;
			assert_int_equal(track_walk(&w), 0);
			sum += count(&m, &m.maps.changed) - before;
			assert_true(count(&m, &m.maps.changed) > before);
		}
		assert_int_equal(sum, (3 * G >> 12) + 1 + 1 + tries - (tries ? 1 : 0));
		assert_int_equal(*huge & D, 0);
	}
	sweep(&m);
	/* The attribute of the page is as at first again. */
	assert_changed(&m, 2);
	machine_close(&m);
}

/* Each table of the lowest level is looked at by one worker only. */
static void test_shares(void **state)
{
	struct machine m;
	struct track_walk w;
	u64 alone, together = 0, looks[3] = { 0 };

	(void)state;
	machine_open(&m, 4, G >> 12);
	for (u64 i = 0; i < 100; i++)
		machine_map(&m, VMALLOC + (i << 24), i, 1, KERNEL);
	sweep(&m);
	w = walk_of(&m, TRACK_PAUSED);
	assert_int_equal(track_walk(&w), 0);
	alone = w.scanned;
	for (unsigned int worker = 0; worker < 3; worker++) {
		w = walk_of(&m, TRACK_PAUSED);
		w.worker = worker;
		w.workers = 3;
		assert_int_equal(track_walk(&w), 0);
		looks[worker] = w.scanned - (alone - 100);
		assert_true(looks[worker] > 20);
		together += looks[worker];
	}
	assert_int_equal(together, 100);
	machine_close(&m);
}

/* The walk of one worker in a pause. Returns the number of tables that it has read. */
static u64 walk_share(struct machine *m, unsigned int worker, unsigned int workers)
{
	struct track_walk w = walk_of(m, TRACK_PAUSED);

	w.worker = worker;
	w.workers = workers;
	w.prune = true;
	m->reads = 0;
	assert_int_equal(track_walk(&w), 0);
	assert_int_equal(w.scanned, m->reads);
	return m->reads;
}

/* On a large machine, tables of level 2 of the direct map have one reader each, too. */
static void test_shares_large(void **state)
{
	enum { GIB = 256, WORKERS = 4 };
	u64 *huge, *small, frames = GIB * (G >> 12);
	struct machine m;

	(void)state;
	machine_open(&m, 4, frames);
	/* It ends within a GiB, but there are mappings up to the end of that. */
	m.tables.direct_end -= G / 2;
	huge = machine_map(&m, DIRECT, 0, 3, KERNEL);
	small = machine_map(&m, DIRECT + G, G >> 12, 1, KERNEL);
	for (u64 at = G + (2 << 20); at < GIB * G; at += 2 << 20)
		machine_map(&m, DIRECT + at, at >> 12, 2, KERNEL);
	sweep(&m);
	forget_changed(&m);
	*huge |= D;
	*small |= D;
	for (u64 at = G + (2 << 20); at < GIB * G; at += 2 << 20)
		*machine_entry(&m, DIRECT + at, 2) |= D;
	/* One is gone: each of its large pages counts. */
	*machine_entry(&m, DIRECT + 7 * G, 3) = 0;
	/*
	 * The root, the table of level 3, and each worker's own. The first GiB and the one that is
	 * gone have no table, and the second one has a table of level 1.
	 */
	for (unsigned int worker = 0; worker < WORKERS; worker++) {
		u64 own = (worker + WORKERS - (DIRECT >> 30) % WORKERS) % WORKERS;

		assert_int_equal(walk_share(&m, worker, WORKERS),
				 2 + GIB / WORKERS - (own == 0) -
				 (own == 7 % WORKERS) + (own == 1));
	}
	assert_changed(&m, frames - 511);
	assert_int_equal((*huge | *small) & D, 0);
	machine_close(&m);
}

/* On a small machine, each worker has as many tables of the direct map as the others. */
static void test_shares_small(void **state)
{
	struct machine m;
	u64 alone;

	(void)state;
	machine_open(&m, 4, 2 * G >> 12);
	for (u64 at = 0; at < 2 * G; at += 2 << 20)
		machine_map(&m, DIRECT + at, at >> 12, 1, KERNEL);
	sweep(&m);
	alone = walk_share(&m, 0, 1);
	for (unsigned int worker = 0; worker < 4; worker++)
		assert_int_equal(walk_share(&m, worker, 4), alone - 1024 + 1024 / 4);
	machine_close(&m);
}

/* Struct pages: what they describe may have another type. */
static void test_retyped(void **state)
{
	struct machine m;
	u64 *page;

	(void)state;
	machine_open(&m, 4, 4 * G >> 12);
	page = machine_map(&m, MEMMAP + 100 * 4096, 3, 1, KERNEL);
	machine_map(&m, MEMMAP + (2 << 20), 1024, 2, KERNEL);
	sweep(&m);
	assert_int_equal(count(&m, &m.maps.retyped), 1024 + 32768);
	sweep(&m);
	assert_int_equal(count(&m, &m.maps.retyped), 0);
	*page |= D;
	sweep(&m);
	assert_int_equal(count(&m, &m.maps.retyped), 1024);
	assert_true(ld_map_any(&m.maps.retyped, 6400, 6464));
	machine_close(&m);
}

/* A table whose accessed bit has stayed clear twice is left out, only where that is known. */
static void test_pruned(void **state)
{
	struct machine m;
	u64 *page, *upper, *other, all;

	(void)state;
	machine_open(&m, 4, G >> 12);
	page = machine_map(&m, DIRECT, 3, 1, KERNEL);
	upper = machine_entry(&m, DIRECT, 2);
	other = machine_map(&m, VMALLOC, 4, 1, KERNEL);
	all = sweep_pruned(&m);
	assert_int_equal(*upper & A, 0);
	assert_int_equal(sweep_pruned(&m), all);
	assert_int_equal(sweep_pruned(&m), all - 1);
	/* This cannot be: it shows that the table is not looked at. */
	*page |= D;
	*other |= D;
	sweep_pruned(&m);
	assert_changed(&m, 1);
	assert_true(is_changed(&m, 4));
	*upper |= A;
	sweep_pruned(&m);
	assert_changed(&m, 1);
	assert_true(is_changed(&m, 3));
	/* An interrupt wrote between the clearing and the flush. */
	*page |= D;
	sweep_pruned(&m);
	assert_changed(&m, 1);
	machine_close(&m);
}

/* A table of vmalloc() also counts as in use if its own page frame was written. */
static void test_pruned_vmalloc(void **state)
{
	struct machine m;
	u64 *upper, *direct, all;
	struct track_walk w;

	(void)state;
	machine_open_with(&m, 4, G >> 12, 512);
	m.tables.direct_end = DIRECT + ((TABLES + 512) << 12);
	m.tables.vmalloc_start = VMALLOC;
	m.tables.vmalloc_end = VMALLOC + G;
	machine_map(&m, VMALLOC, 4, 1, KERNEL);
	machine_map(&m, VMALLOC + G, 5, 1, KERNEL);
	upper = machine_entry(&m, VMALLOC, 2);
	direct = machine_map(&m, DIRECT + (TABLES << 12), TABLES, 2, KERNEL);
	all = sweep_pruned(&m);
	assert_int_equal(*upper & A, 0);
	/* All of it was new. Of others the bit is left alone. */
	assert_int_equal(*machine_entry(&m, VMALLOC + G, 2) & A, A);
	assert_int_equal(sweep_pruned(&m), all);
	assert_int_equal(sweep_pruned(&m), all - 1);
	/* A mapping goes, and one comes. */
	machine_map(&m, VMALLOC, 6, 1, KERNEL & ~(A | D));
	*direct |= D;
	assert_int_equal(sweep_pruned(&m), all);
	assert_true(is_changed(&m, 4) && is_changed(&m, 6));
	assert_true(is_raw(&m, 4));
	assert_int_equal(sweep_pruned(&m), all - 1);
	/* The same in a pause, before and after another worker has cleared the dirty bit. */
	machine_map(&m, VMALLOC, 7, 1, KERNEL & ~(A | D));
	for (int i = 0; i < 2; i++) {
		forget_changed(&m);
		*direct |= i ? 0 : D;
		if (i)
			track_map_change(&m.maps.changed, TABLES, TABLES + 512, true);
		for (unsigned int worker = 2; worker--;) {
			w = walk_of(&m, TRACK_PAUSED);
			w.prune = true;
			w.worker = worker;
			w.workers = 2;
			assert_int_equal(track_walk(&w), 0);
		}
		assert_true(is_changed(&m, 6) && is_changed(&m, 7));
		assert_int_equal(*direct & D, 0);
	}
	/* It is written to by the mapping. */
	sweep_pruned(&m);
	*machine_entry(&m, VMALLOC, 1) |= A | D;
	*upper |= A;
	sweep_pruned(&m);
	assert_true(is_changed(&m, 7));
	w = walk_of(&m, TRACK_RESTORE);
	w.prune = true;
	run(&m, &w);
	assert_int_equal(*upper & A, A);
	machine_close(&m);
}

/* What a driver reads is noted, but not of large areas, and not what the direct map has. */
static void test_used(void **state)
{
	struct machine m;
	struct track_walk w;
	u64 *ring, *idle, *large, *direct;

	(void)state;
	machine_open(&m, 4, G >> 12);
	m.tables.vmalloc_start = VMALLOC;
	m.tables.vmalloc_end = VMALLOC + G;
	ring = machine_map(&m, VMALLOC, 4, 1, KERNEL);
	idle = machine_map(&m, VMALLOC + (1 << 12), 5, 1, KERNEL);
	for (u64 i = 0; i < 512; i++)
		machine_map(&m, VMALLOC + (2 << 20) + (i << 12), 1024 + i, 1, KERNEL);
	large = machine_entry(&m, VMALLOC + (2 << 20), 1);
	direct = machine_map(&m, DIRECT + (4 << 12), 4, 1, KERNEL);
	/* The bits are cleared before anyone wants to know. */
	sweep(&m);
	sweep(&m);
	assert_int_equal(count(&m, &m.maps.used), 0);
	assert_int_equal(*ring & A, 0);
	assert_int_equal(*idle & A, 0);
	assert_int_equal(*large & A, A);
	assert_int_equal(*direct & A, A);
	for (int paused = 0; paused < 2; paused++) {
		*ring |= A;
		forget_changed(&m);
		w = walk_of(&m, paused ? TRACK_PAUSED : TRACK_LIVE);
		w.note_used = true;
		run(&m, &w);
		assert_changed(&m, 0);
		assert_int_equal(count(&m, &m.maps.used), 1);
		assert_true(ld_map_any(&m.maps.used, 4, 5));
		/* A pause may be given up, and the next walk has to see it, too. */
		assert_int_equal(*ring & A, paused ? A : 0);
	}
	/* Nothing is lost of what is written. */
	*idle |= A | D;
	forget_changed(&m);
	w = walk_of(&m, TRACK_LIVE);
	w.note_used = true;
	run(&m, &w);
	assert_true(is_changed(&m, 5) && !is_changed(&m, 4));
	assert_int_equal(*idle & (A | D), 0);
	machine_close(&m);
}

/* The dump's own buffers are left out, with the page behind each, and only if all is theirs. */
static void test_own(void **state)
{
	struct machine m;
	u64 *last, all;

	(void)state;
	machine_open(&m, 4, G >> 12);
	m.tables.own = machine_own;
	m.own_from = 4096;
	m.own_to = 8192;
	for (u64 i = 0; i < 512; i++)
		if (i != 100)
			machine_map(&m, VMALLOC + (i << 12), 4096 + i, 1, KERNEL);
	last = machine_entry(&m, VMALLOC + (511 << 12), 1);
	all = sweep_pruned(&m);
	assert_int_equal(sweep_pruned(&m), all - 1);
	/* A buffer was freed: nobody may say skip_own before the next full walk. */
	*last = 0;
	*machine_entry(&m, VMALLOC + (510 << 12), 1) = 9000ULL << 12 | KERNEL;
	sweep(&m);
	assert_true(is_changed(&m, 9000));
	assert_int_equal(sweep_pruned(&m), all);
	*machine_entry(&m, VMALLOC + (510 << 12), 1) = 0;
	sweep(&m);
	/* Two pages in a row: there is room for someone else's. */
	assert_int_equal(sweep_pruned(&m), all);
	machine_close(&m);
}

/* All that was cleared is set again, and nothing else. */
static void test_restore(void **state)
{
	struct machine m;
	struct track_walk w;
	u64 *page, *ro, *upper, *gone, *large;

	(void)state;
	machine_open(&m, 4, G >> 12);
	page = machine_map(&m, DIRECT, 3, 1, KERNEL);
	upper = machine_entry(&m, DIRECT, 2);
	ro = machine_map(&m, DIRECT + 4096, 4, 1, P | A);
	gone = machine_map(&m, DIRECT + 8192, 5, 1, RW | A);
	large = machine_map(&m, MEMMAP, 512, 2, KERNEL);
	sweep_pruned(&m);
	w = walk_of(&m, TRACK_RESTORE);
	w.prune = true;
	run(&m, &w);
	assert_int_equal(*page, 3 << 12 | KERNEL);
	assert_int_equal(*large, 512 << 12 | KERNEL | LARGE);
	assert_int_equal(*upper & A, A);
	assert_int_equal(*ro, 4 << 12 | P | A);
	assert_int_equal(*gone, 5 << 12 | RW | A);
	machine_close(&m);
}

/*
 * The tables of memory that is offline may have been freed already: what is there now is
 * someone else's. When it is online again, all in it has changed.
 */
static void test_offline(void **state)
{
	struct machine m;
	struct track_walk w;
	u64 *online, *direct, *memmap, *upper;

	(void)state;
	machine_open(&m, 4, G >> 12);
	m.tables.stays = machine_stays;
	online = machine_map(&m, DIRECT, 3, 1, KERNEL);
	direct = machine_map(&m, DIRECT + G / 2, G / 2 >> 12, 1, KERNEL);
	upper = machine_entry(&m, DIRECT + G / 2, 2);
	memmap = machine_map(&m, MEMMAP + G / 2 / 64, 9, 1, RW | D);
	sweep_pruned(&m);
	assert_changed(&m, 1);
	assert_int_equal(*online & D, 0);
	assert_int_equal(*upper, *upper | A);
	w = walk_of(&m, TRACK_RESTORE);
	w.prune = true;
	run(&m, &w);
	assert_int_equal(*online, 3 << 12 | KERNEL);
	assert_int_equal(*direct, (G / 2 >> 12) << 12 | KERNEL);
	assert_int_equal(*memmap, 9 << 12 | RW | D);
	m.tables.stays = NULL;
	sweep_pruned(&m);
	assert_true(is_changed(&m, G / 2 >> 12) && is_changed(&m, 9));
	assert_int_equal(*direct & D, 0);
	machine_close(&m);
}

/* A pause is over its time: the walk ends soon, and the next one finds the rest. */
static void test_paused_late(void **state)
{
	enum { GIB = 8 };
	struct track_walk w;
	struct machine m;
	u64 found;

	(void)state;
	machine_open(&m, 4, GIB * (G >> 12));
	for (u64 at = 0; at < GIB * G; at += 2 << 20)
		machine_map(&m, DIRECT + at, at >> 12, 2, KERNEL);
	sweep(&m);
	forget_changed(&m);
	for (u64 at = 0; at < GIB * G; at += 2 << 20)
		*machine_entry(&m, DIRECT + at, 2) |= D;
	w = walk_of(&m, TRACK_PAUSED);
	w.deadline_ns = 1;
	assert_int_equal(track_walk(&w), -ETIME);
	check_touched(&m);
	found = count(&m, &m.maps.changed);
	assert_int_equal(found, G >> 12);
	/* There is time. */
	w = walk_of(&m, TRACK_PAUSED);
	w.deadline_ns = ~0ULL;
	run(&m, &w);
	assert_changed(&m, GIB * (G >> 12));
	sweep(&m);
	assert_changed(&m, 0);
	machine_close(&m);
}

/* Walk with no time at all. Returns how often it took a break. */
static unsigned int walk_in_slices(struct machine *m)
{
	struct track_walk w = walk_of(m, TRACK_LIVE);
	unsigned int slices = 0;
	int err;

	w.deadline_ns = 1;
	while ((err = track_walk(&w))) {
		if (err == -ENOSPC)
			assert_int_equal(track_shadow_grow(&m->shadow), 0);
		else
			assert_int_equal(err, -EAGAIN);
		assert_true(slices++ < 1000);
	}
	return slices;
}

/* A walk that is always late still ends, and finds all. */
static void test_slices(void **state)
{
	struct machine m;
	unsigned int slices;

	(void)state;
	machine_open(&m, 4, G >> 12);
	for (u64 i = 0; i < 100; i++)
		machine_map(&m, VMALLOC + (i << 21), i, 1, KERNEL);
	for (u64 at = 0; at < G; at += 2 << 20)
		machine_map(&m, DIRECT + at, at >> 12, 2, KERNEL);
	slices = walk_in_slices(&m);
	assert_true(slices >= 100);
	assert_changed(&m, G >> 12);
	machine_close(&m);
}

/* The same where each entry maps 1 GiB, as it does on most large machines. */
static void test_slices_huge(void **state)
{
	enum { HUGE = 64 };
	struct machine m;
	unsigned int slices;

	(void)state;
	machine_open(&m, 4, HUGE * (G >> 12));
	for (u64 at = 0; at < HUGE * G; at += G)
		machine_map(&m, DIRECT + at, at >> 12, 3, KERNEL);
	slices = walk_in_slices(&m);
	assert_true(slices >= HUGE - 1);
	assert_changed(&m, HUGE * (G >> 12));
	machine_close(&m);
}

/*
 * Each 2 MiB of struct pages describe 128 MiB, so marking them takes long: a slice may end
 * between any two in the same table. Nothing is lost or looked at twice.
 */
static void test_slices_memmap(void **state)
{
	enum { LARGE_PAGES = 512 };
	struct track_walk w;
	unsigned int slices = 1;
	struct machine m;
	u64 *first;
	int err;

	(void)state;
	machine_open(&m, 4, LARGE_PAGES * 32768);
	for (u64 i = 0; i < LARGE_PAGES; i++)
		machine_map(&m, MEMMAP + (i << 21), i << 9, 2, KERNEL);
	first = machine_entry(&m, MEMMAP, 2);
	sweep(&m);
	forget_changed(&m);
	for (u64 i = 0; i < LARGE_PAGES; i++)
		first[i] |= D;
	w = walk_of(&m, TRACK_LIVE);
	w.deadline_ns = 1;
	for (; (err = track_walk(&w)) == -EAGAIN; slices++) {
		assert_true(ld_map_any(&m.maps.retyped, slices * 32768ULL - 1, slices * 32768ULL));
		assert_false(ld_map_any(&m.maps.retyped, slices * 32768ULL, m.src.max_pfn));
		assert_int_equal(w.from, MEMMAP + ((u64)slices << 21));
		/* Written again: that is for the next walk. */
		first[slices - 1] |= D;
	}
	assert_int_equal(err, 0);
	assert_int_equal(slices, LARGE_PAGES);
	assert_int_equal(count(&m, &m.maps.retyped), LARGE_PAGES * 32768ULL);
	assert_changed(&m, LARGE_PAGES * 512ULL);
	for (u64 i = 0; i < LARGE_PAGES; i++)
		assert_int_equal(first[i] & D, i == LARGE_PAGES - 1 ? 0 : D);
	machine_close(&m);
}

/* KASAN maps terabytes by one table: this ends, and has one look at it. */
static void test_shared_table(void **state)
{
	struct machine m;
	u64 *root, pfn, tables;

	(void)state;
	machine_open(&m, 4, G >> 12);
	pfn = machine_add_table(&m);
	for (unsigned int i = 0; i < 512; i++)
		machine_table(&m, pfn)[i] = 1 << 12 | P | A;
	for (unsigned int level = 2; level <= 3; level++) {
		u64 above = machine_add_table(&m);

		for (unsigned int i = 0; i < 512; i++)
			machine_table(&m, above)[i] = pfn << 12 | TABLE;
		pfn = above;
	}
	root = machine_table(&m, m.tables.root);
	for (unsigned int i = 472; i < 500; i++)
		root[i] = pfn << 12 | TABLE;
	tables = sweep(&m);
	assert_int_equal(tables, 4);
	assert_changed(&m, 1);
	machine_close(&m);
}

/* A large page by small ones, and back: nothing is named for it, and it is as it was. */
static void test_split(void **state)
{
	(void)state;
	for (unsigned int level = 2; level <= 3; level++) {
		u64 nr = level == 2 ? 512 : 262144, part = nr / 512, was, *large;
		struct track_split split;
		struct track_walk w;
		struct machine m;

		machine_open_with(&m, 4, 3 * G >> 12, 512);
		large = machine_map(&m, DIRECT + G, G >> 12, level, KERNEL | 1ULL << 8);
		was = *large;
		sweep(&m);
		split = (struct track_split){ .vaddr = DIRECT + G + 12345 * 4096 % (nr << 12),
					      .pfn = machine_add_table(&m) };
		w = walk_of(&m, TRACK_LIVE);
		assert_int_equal(track_mapped_level(&w, split.vaddr), level);
		assert_int_equal(track_mapped_level(&w, DIRECT + 2 * G), 0);
		assert_int_equal(track_split(&w, &split), 0);
		assert_int_equal(split.level, level);
		assert_int_equal(track_mapped_level(&w, split.vaddr), level - 1);
		assert_false(is_raw(&m, split.pfn));
		/* Of a small page this bit is an attribute. */
		assert_int_equal(*machine_entry(&m, DIRECT + G, level - 1) & LARGE,
				 level == 2 ? 0 : LARGE);
		sweep(&m);
		assert_changed(&m, 0);
		*machine_entry(&m, DIRECT + G + (7 * part << 12), level - 1) |= D;
		sweep(&m);
		assert_changed(&m, part);
		assert_true(is_changed(&m, (G >> 12) + 7 * part));
		w = walk_of(&m, TRACK_RESTORE);
		w.prune = true;
		run(&m, &w);
		assert_int_equal(track_join(&m.tables, &split), 0);
		assert_int_equal(*large, was);
		machine_close(&m);
	}
}

static u64 min_of(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* All of the array of struct pages is split, however large it is, for little of the memory. */
static void test_split_limits(void **state)
{
	const u64 gib[] = { 1, 2, 64, 1024, 2048, 2049, 8192, 65536 };
	struct track_tables t = { .memmap_each = 64 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(gib) / sizeof(gib[0]); i++) {
		u64 frames = gib[i] * (G >> 12);
		struct track_split_limits limits = track_split_limits(&t, frames, 3);

		/* A large page of 32768 struct pages; and both ends of each range. */
		assert_int_equal(limits.array, frames / 32768 + 6);
		assert_int_equal(limits.written, min_of(32768, frames / 256));
	}
	/* Never more than a part of the memory. */
	assert_int_equal(track_split_limits(&t, 512, 3).array, 1);
	t.memmap_each = 4096;
	assert_int_equal(track_split_limits(&t, 1 << 20, 3).array, 2048);
	t.memmap_each = 8192;
	assert_int_equal(track_split_limits(&t, 1 << 20, 3).array, 2048);
}

/* What was written to between the walk and the split counts. What cannot be split is not. */
static void test_split_refused(void **state)
{
	struct track_split split = { .vaddr = DIRECT };
	struct track_walk w;
	struct machine m;
	u64 *large;

	(void)state;
	machine_open(&m, 4, G >> 12);
	split.pfn = machine_add_table(&m);
	w = walk_of(&m, TRACK_LIVE);
	large = machine_map(&m, DIRECT, 0, 2, KERNEL);
	/* The walk has not seen it. */
	assert_int_equal(track_split(&w, &split), -EAGAIN);
	sweep(&m);
	*large ^= NX;
	assert_int_equal(track_split(&w, &split), -EAGAIN);
	*large |= PAT;
	sweep(&m);
	assert_int_equal(track_split(&w, &split), -EAGAIN);
	*large &= ~PAT;
	sweep(&m);
	*large |= D;
	forget_changed(&m);
	assert_int_equal(track_split(&w, &split), 0);
	assert_changed(&m, 512);
	sweep(&m);
	assert_changed(&m, 0);
	/* It is split already. */
	split.pfn = machine_add_table(&m);
	assert_int_equal(track_split(&w, &split), -EAGAIN);
	machine_close(&m);
}

/* The kernel has changed something, or has made a large page of it: this is not undone. */
static void test_join_refused(void **state)
{
	struct track_split split = { .vaddr = DIRECT };
	struct track_walk w;
	struct machine m;
	u64 *large, was, kept;

	(void)state;
	machine_open(&m, 4, G >> 12);
	split.pfn = machine_add_table(&m);
	w = walk_of(&m, TRACK_LIVE);
	large = machine_map(&m, DIRECT, 0, 2, KERNEL);
	was = *large;
	sweep(&m);
	assert_int_equal(track_split(&w, &split), 0);
	for (unsigned int i = 0; i < 3; i++) {
		u64 *part = machine_entry(&m, DIRECT + (i * 200 << 12), 1), before = *part;

		*part ^= i == 0 ? RW : i == 1 ? P : 5 << 12;
		kept = *large;
		assert_int_equal(track_join(&m.tables, &split), -EAGAIN);
		assert_int_equal(*large, kept);
		*part = before;
	}
	*large = was;
	assert_int_equal(track_join(&m.tables, &split), -EAGAIN);
	*large = machine_add_table(&m) << 12 | TABLE;
	assert_int_equal(track_join(&m.tables, &split), -EAGAIN);
	*large = 0;
	assert_int_equal(track_join(&m.tables, &split), -EAGAIN);
	*large = kept;
	assert_int_equal(track_join(&m.tables, &split), 0);
	machine_close(&m);
}

/* Real sizes: a direct map of @tb TB by pages of 2 MB, its struct pages, by small pages or not. */
static void scan_time(u64 tb, bool split)
{
	u64 frames = tb << (40 - 12), bytes = frames * 64, tables;
	struct timespec from, to;
	struct track_walk w;
	struct machine m;

	machine_open(&m, 4, frames);
	for (u64 at = 0; at < frames << 12; at += 2 << 20)
		machine_map(&m, DIRECT + at, at >> 12, 2, KERNEL);
	for (u64 at = 0; at < bytes; at += split ? 4096 : 2 << 20)
		machine_map(&m, MEMMAP + at, at >> 12, split ? 1 : 2, KERNEL);
	w = walk_of(&m, TRACK_LIVE);
	w.prune = true;
	run(&m, &w);
	w = walk_of(&m, TRACK_LIVE);
	w.prune = true;
	run(&m, &w);
	forget_changed(&m);
	for (unsigned int i = 0; i < 2; i++) {
		/* Of 5 tables of struct pages 1, or all, was in use. */
		unsigned int active = i ? 1 : 5;

		for (u64 at = 0; split && at < bytes; at += active * (2 << 20))
			*machine_entry(&m, MEMMAP + at, 2) |= A;
		w = walk_of(&m, TRACK_PAUSED);
		w.prune = true;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		assert_int_equal(track_walk(&w), 0);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		printf("%llu TB, struct pages in %s, 1 of %u tables in use: %llu tables, %lld us per core\n",
		       (unsigned long long)tb, split ? "4K" : "2M", active,
		       (unsigned long long)w.scanned,
		       ((to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec) /
			       1000);
		tables = walk_share(&m, 0, 16);
		printf("      each of 16 workers reads %llu\n", (unsigned long long)tables);
		/* The struct pages have a table of level 2 for each 64 GiB, which all read. */
		assert_true(tables <= w.scanned / 16 + 2 * (tb + 1) + bytes / G);
		if (!split)
			break;
	}
	assert_changed(&m, 0);
	machine_close(&m);
}

static void test_large_machine(void **state)
{
	(void)state;
	scan_time(1, false);
	scan_time(1, true);
	scan_time(8, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dirty_bits),
		cmocka_unit_test(test_large_attribute),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_image_changed),
		cmocka_unit_test(test_image_unknown),
		cmocka_unit_test(test_lost_bit),
		cmocka_unit_test(test_vanished),
		cmocka_unit_test(test_tables_not_raw),
		cmocka_unit_test(test_not_present),
		cmocka_unit_test(test_paused),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_shares_large),
		cmocka_unit_test(test_shares_small),
		cmocka_unit_test(test_retyped),
		cmocka_unit_test(test_pruned),
		cmocka_unit_test(test_pruned_vmalloc),
		cmocka_unit_test(test_used),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_offline),
		cmocka_unit_test(test_paused_late),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_slices_huge),
		cmocka_unit_test(test_slices_memmap),
		cmocka_unit_test(test_shared_table),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_split_limits),
		cmocka_unit_test(test_split_refused),
		cmocka_unit_test(test_join_refused),
		cmocka_unit_test(test_large_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
