// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_groups.c - the groups that have RAM, of machines with 64 TB, with RAM at 64
 * TB, and with tens of thousands of ranges; bitmaps of these groups.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "core/pages/groups.h"
#include "tests/unit/fake.h"

#define G	LD_GROUP_FRAMES
#define MIBS	(1ULL << 20)
#define TB64	(1ULL << (46 - 12))	/* page frames in 64 TB */

static void open_groups(struct ld_groups *groups, const struct ld_range *ranges, unsigned int nr)
{
	const struct ld_source src = {
		.ranges = ranges, .nr_ranges = nr, .max_pfn = ranges[nr - 1].end,
	};

	assert_int_equal(ld_groups_open(groups, &src), 0);
}

/* Each group with RAM has an index, in order and without gaps. No other has one. */
static void check_groups(const struct ld_groups *groups, const struct ld_range *ranges,
			 unsigned int nr)
{
	u64 index = 0, next = 0;

	for (unsigned int r = 0; r < nr; r++) {
		u64 first = ranges[r].start / G, last = (ranges[r].end - 1) / G;

		if (next < first) {
			assert_int_equal(ld_groups_index(groups, next), groups->nr);
			assert_int_equal(ld_groups_index(groups, first - 1), groups->nr);
			next = first;
		}
		for (; next <= last; next++, index++) {
			assert_int_equal(ld_groups_index(groups, next), index);
			assert_int_equal(ld_groups_at(groups, index), next);
		}
	}
	assert_int_equal(ld_groups_index(groups, next), groups->nr);
	assert_int_equal(groups->nr, index);
	/* The chunks end with the last page frame. */
	assert_int_equal(ld_groups_chunk(groups, groups->nr_chunks - 1),
			 (ranges[nr - 1].end - 1) / LD_CHUNK);
	assert_int_equal(ld_groups_chunk_nr(groups, (ranges[nr - 1].end - 1) / LD_CHUNK),
			 groups->nr_chunks - 1);
}

static void test_places(void **state)
{
	static const struct ld_range few[] = {
		{ 1, 159 }, { 256, 1000 },		/* in one group */
		{ 1001, G + 1 },			/* it reaches into the next */
		{ G + 2, 2 * G },			/* ends with it */
		{ 2 * G + 7, 3 * G },			/* the next touches */
		{ 5 * G - 1, 5 * G + 1 },
		{ TB64 - 3, TB64 + 600 },
	};
	struct ld_groups groups;

	(void)state;
	for (unsigned int nr = 1; nr <= sizeof(few) / sizeof(few[0]); nr++) {
		open_groups(&groups, few, nr);
		check_groups(&groups, few, nr);
		ld_groups_close(&groups);
	}
	assert_int_equal(groups.nr, 7);
}

/* 64 TB of RAM: a bit for each page frame are 2 GB. The runs are as many as ranges. */
static void test_full(void **state)
{
	static const struct ld_range full[] = { { 0, 786432 }, { 1 << 20, TB64 } };
	struct ld_groups groups;

	(void)state;
	open_groups(&groups, full, 2);
	check_groups(&groups, full, 2);
	assert_int_equal(groups.nr, 512 * 1024 - 8);
	assert_int_equal(groups.nr_chunks, 32 * MIBS - 512);
	assert_int_equal(ld_map_bytes(&groups), 2048 * MIBS - 8 * 4096);
	ld_groups_close(&groups);
}

/* Plugged in 1 GB at a time, each with a hole. */
static void test_many(void **state)
{
	const unsigned int nr = 65536;
	struct ld_range *ranges = calloc(nr, sizeof(*ranges));
	struct ld_groups groups;

	(void)state;
	for (u64 i = 0; i < nr; i++)
		ranges[i] = (struct ld_range){ i * 8 * G + 5, i * 8 * G + 5 + i % 7 * G + 1 };
	open_groups(&groups, ranges, nr);
	check_groups(&groups, ranges, nr);
	ld_groups_close(&groups);
	assert_int_equal(port_atomic64_read(&fake_alloc_bytes), 0);
	free(ranges);
}

/* Bits at the ends of groups, and where there is no RAM. */
static void test_map(void **state)
{
	static const struct ld_range ranges[] = {
		{ 100, 3 * G + 50 }, { TB64, TB64 + 2 * G },
	};
	static const u64 set[] = { 100, 500, G - 1, G, 3 * G + 49, TB64, TB64 + G + 7 };
	const unsigned int nr = sizeof(set) / sizeof(set[0]);
	struct ld_groups groups;
	struct ld_map map;

	(void)state;
	open_groups(&groups, ranges, 2);
	map.groups = &groups;
	map.words = calloc(1, ld_map_bytes(&groups));
	for (unsigned int i = 0; i < nr; i++)
		ld_bit_set(ld_map_chunk(&map, set[i] / LD_CHUNK), set[i] % LD_CHUNK);
	for (unsigned int r = 0; r < 2; r++) {
		u64 pfn = ranges[r].start;

		for (unsigned int i = 0; i < nr; i++) {
			if (set[i] < ranges[r].start || set[i] >= ranges[r].end)
				continue;
			assert_int_equal(ld_map_next(&map, pfn, ranges[r].end, true), set[i]);
			/* Two of them are neighbours, in two groups. */
			assert_int_equal(ld_map_next(&map, set[i], ranges[r].end, false),
					 set[i] == G - 1 ? G + 1 : set[i] + 1);
			pfn = set[i] + 1;
		}
		assert_int_equal(ld_map_next(&map, pfn, ranges[r].end, true), ranges[r].end);
	}
	assert_int_equal(ld_map_next(&map, 200, 400, true), 400);
	assert_int_equal(ld_map_next(&map, 400, 400, true), 400);

	assert_true(ld_map_any(&map, 64, 128));
	assert_false(ld_map_any(&map, 101, 500));
	assert_true(ld_map_any(&map, 501, G));
	assert_true(ld_map_any(&map, G + 1, 10 * G) && ld_map_any(&map, 3 * G + 49, TB64));
	assert_false(ld_map_any(&map, 3 * G + 50, TB64));
	assert_true(ld_map_any(&map, TB64 - 5, TB64 + 1));
	assert_false(ld_map_any(&map, TB64 + G + 8, TB64 + 4 * G));
	free(map.words);
	ld_groups_close(&groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_map),
	};

	return cmocka_run_group_tests_name("groups", tests, NULL, NULL);
}
