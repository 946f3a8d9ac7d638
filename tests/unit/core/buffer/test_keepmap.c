// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_keepmap.c - the keep map, in memory and in the file. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer/keepmap.h"
#include "tests/unit/fake.h"

/* More than three groups. The end is within a chunk and within a byte. */
#define FRAMES		(3 * LD_GROUP * LD_CHUNK + 6 * LD_CHUNK + 77)
#define CHUNKS		(3 * LD_GROUP + 7)
#define OFF		12345

static u64 map[CHUNKS * LD_CHUNK_WORDS];

static int setup(void **state)
{
	(void)state;
	srand(1);
	memset(map, 0, sizeof(map));
	/* Chunks full, empty and mixed; one group has nothing. */
	for (u64 i = 0; i < FRAMES; i++) {
		u64 chunk = i / LD_CHUNK;
		bool keep = chunk % 3 == 0 || (chunk % 3 == 1 && rand() % 2);

		if (keep && chunk / LD_GROUP != 1)
			ld_bit_set(map, i);
	}
	return 0;
}

static const struct ld_range all_ram = { 0, FRAMES };
static const struct ld_source source = {
	.ranges = &all_ram, .nr_ranges = 1, .max_pfn = FRAMES, .page_shift = 12,
};

static struct ld_groups groups;

static void open_map(struct ld_keepmap *k, struct ld_sink *sink)
{
	assert_int_equal(ld_groups_open(&groups, &source), 0);
	assert_int_equal(groups.nr_chunks, CHUNKS);
	assert_int_equal(ld_keepmap_open(k, &source, &groups, sink, OFF), 0);
}

static void close_map(struct ld_keepmap *k)
{
	ld_keepmap_close(k);
	ld_groups_close(&groups);
}

static void fill(struct ld_keepmap *k, struct fake_sink *s, bool in_file)
{
	open_map(k, in_file ? &s->sink : NULL);
	/* Workers do not finish in order. */
	for (u64 i = 0; i < CHUNKS; i++) {
		u64 chunk = i * 7 % CHUNKS;

		assert_int_equal(ld_keepmap_store(k, chunk, map + chunk * LD_CHUNK_WORDS), 0);
	}
	ld_keepmap_finalize(k);
}

static void check_all(const struct ld_keepmap *k, struct ld_group *group)
{
	u64 keep[LD_CHUNK_WORDS], rank, want = 0;

	for (u64 chunk = 0; chunk < CHUNKS; chunk++) {
		assert_int_equal(ld_keepmap_load(k, group, chunk, keep, &rank), 0);
		assert_memory_equal(keep, map + chunk * LD_CHUNK_WORDS, sizeof(keep));
		assert_int_equal(rank, want);
		want += ld_weight(keep, LD_CHUNK_WORDS);
	}
	assert_int_equal(k->total, want);
}

static void test_places(void **state)
{
	struct ld_group group = { 0 };
	struct fake_sink s;
	struct ld_keepmap k;

	(void)state;
	for (int in_file = 0; in_file < 2; in_file++) {
		fake_sink_open(&s, true);
		fill(&k, &s, in_file);
		assert_int_equal(!k.map.words, in_file);
		check_all(&k, &group);
		if (in_file) {
			/* One read for each group that has bits. */
			assert_int_equal(s.reads, 3);
			assert_memory_equal(s.data + OFF, map, (FRAMES + 7) / 8);
			assert_int_equal(s.size, OFF + (FRAMES + 7) / 8);
		}
		close_map(&k);
		fake_sink_close(&s);
	}
}

/* The file is changed by someone else: the change is detected. */
static void test_changed_file(void **state)
{
	struct ld_group group = { 0 };
	u64 keep[LD_CHUNK_WORDS], rank;
	struct fake_sink s;
	struct ld_keepmap k;

	(void)state;
	fake_sink_open(&s, true);
	fill(&k, &s, true);
	s.data[OFF + 10] ^= 4;
	assert_int_equal(ld_keepmap_load(&k, &group, 0, keep, &rank), -EIO);
	assert_int_equal(ld_keepmap_load(&k, &group, 1, keep, &rank), -EIO);
	s.data[OFF + 10] ^= 4;
	assert_int_equal(ld_keepmap_load(&k, &group, 1, keep, &rank), 0);
	/* The file is cut short. */
	s.size = OFF + 100;
	assert_int_equal(ld_keepmap_load(&k, &group, CHUNKS - 1, keep, &rank), -EIO);
	s.read_error = -ENXIO;
	assert_int_equal(ld_keepmap_load(&k, &group, CHUNKS - 1, keep, &rank), -ENXIO);
	close_map(&k);
	fake_sink_close(&s);
}

static void test_write_fails(void **state)
{
	struct fake_sink s;
	struct ld_keepmap k;

	(void)state;
	fake_sink_open(&s, true);
	s.fail_at = OFF + 200;
	s.fail_with = -ENOSPC;
	open_map(&k, &s.sink);
	assert_int_equal(ld_keepmap_store(&k, 0, map), 0);
	assert_int_equal(ld_keepmap_store(&k, 3, map + 3 * LD_CHUNK_WORDS), -ENOSPC);
	close_map(&k);
	fake_sink_close(&s);
}

/* The dump is the same, wherever the keep map is. */
static void test_dumps(void **state)
{
	static const struct ld_range ranges[] = { { 0, 159 }, { 256, 1800 }, { 0, 0 } };
	struct ld_control ctl = { 0 };
	struct fake_source src;
	struct fake_sink s[2];

	(void)state;
	fake_open(&src, ranges);
	for (u64 pfn = 0; pfn < src.max; pfn++)
		src.page_flags[pfn] = pfn % 7 ? 0 : LD_PAGE_FREE;
	for (int readable = 0; readable < 2; readable++) {
		struct dump_result st;
		const struct dump_request request = {
			.format = &ld_format_kdump,
			.codec = &ld_codec_zlib,
			.codec_level = 1,
			.level = 31,
		};
		struct ld_params p = {
			.request = &request,
			.source = &src.src,
			.sink = &s[readable].sink,
			.workers = 1,
			.control = &ctl,
		};

		fake_sink_open(&s[readable], readable);
		assert_int_equal(ld_dump(&p, &st), 0);
		assert_int_equal(s[readable].reads, readable);
	}
	assert_int_equal(s[0].final, s[1].final);
	assert_int_equal(s[0].size, s[1].size);
	assert_memory_equal(s[0].data, s[1].data, s[0].size);
	fake_sink_close(&s[0]);
	fake_sink_close(&s[1]);
	fake_close(&src);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_places, setup),
		cmocka_unit_test_setup(test_changed_file, setup),
		cmocka_unit_test_setup(test_write_fails, setup),
		cmocka_unit_test_setup(test_dumps, setup),
	};

	return cmocka_run_group_tests_name("keepmap", tests, NULL, NULL);
}
