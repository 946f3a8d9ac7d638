// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of the codecs. Readers of dumps have zlib, whatever has compressed the pages. The
 * pages are made up, but like those of a kernel: records of pointers, counts and names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

#include "core/codec/codec.h"

#define PAGE	4096U
#define PAGES	96U

static u8 pages[PAGES][PAGE];

static u32 seed = 1;

static u32 random_below(u32 end)
{
	seed = seed * 1664525 + 1013904223;
	return (u32)((u64)(seed >> 8) * end >> 24);
}

struct record {
	u64 next, prev;
	u32 count, flags;
	u64 ops;
	char name[16];
	u64 unused[10];
};

static int make_pages(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < PAGES; i++) {
		u64 base = 0xffff888000000000ULL + ((u64)random_below(1 << 20) << 12);

		for (unsigned int k = 0; k < PAGE / sizeof(struct record); k++) {
			struct record r = {
				.next = base + random_below(PAGE / 64) * 64,
				.prev = base + random_below(PAGE / 64) * 64,
				.count = random_below(4),
				.flags = 1U << random_below(24),
				.ops = 0xffffffff81000000ULL + random_below(64) * 4096,
			};

			if (random_below(3))
				snprintf(r.name, sizeof(r.name), "kworker/%u:%u",
					 random_below(16), random_below(4));
			memcpy(pages[i] + k * sizeof(r), &r, sizeof(r));
		}
	}
	return 0;
}

static size_t unpack(const struct ld_codec_ops *codec, const u8 *from, size_t n, u8 *to)
{
	uLongf z = PAGE;
	lzo_uint l = PAGE;

	if (codec == &ld_codec_zlib)
		return uncompress(to, &z, from, n) == Z_OK ? z : 0;
	if (codec == &ld_codec_zstd)
		return ZSTD_decompress(to, PAGE, from, n);
	return lzo1x_decompress_safe(from, n, to, &l, NULL) == LZO_E_OK ? l : 0;
}

/* Compress all pages, and compare what comes out of it again. Returns their size. */
static size_t pack_all(const struct ld_codec_ops *codec, int level)
{
	u8 packed[LD_CODEC_CAP(PAGE)], page[PAGE];
	size_t sum = 0;
	void *state;

	assert_int_equal(codec->open(&state, level, PAGE), 0);
	for (unsigned int i = 0; i < PAGES; i++) {
		size_t n = codec->compress(state, pages[i], PAGE, packed, sizeof(packed));

		assert_in_range(n, 1, PAGE - 1);
		assert_int_equal(unpack(codec, packed, n, page), PAGE);
		assert_memory_equal(page, pages[i], PAGE);
		sum += n;
	}
	codec->close(state);
	return sum;
}

static void test_unpacks(void **state)
{
	(void)state;
	for (unsigned int i = 0; ld_codecs[i]; i++)
		if (ld_codecs[i]->flag)
			for (int level = ld_codecs[i]->level_min; level <= ld_codecs[i]->level_max;
			     level++)
				if (level || ld_codecs[i]->level_min > 0)
					pack_all(ld_codecs[i], level);
}

static size_t pack_all_by_zlib(int level)
{
	u8 packed[2 * PAGE];
	size_t sum = 0;

	for (unsigned int i = 0; i < PAGES; i++) {
		uLongf n = sizeof(packed);

		assert_int_equal(compress2(packed, &n, pages[i], PAGE, level), Z_OK);
		sum += n;
	}
	return sum;
}

/* A level makes pages no larger than zlib does, and the default makes them smaller. */
static void test_zlib_levels(void **state)
{
	(void)state;
	for (int level = 1; level <= 9; level++) {
		size_t ours = pack_all(&ld_codec_zlib, level), zlib = pack_all_by_zlib(level);

		print_message("level %d: %zu, zlib %zu\n", level, ours, zlib);
		assert_true(ours <= zlib + zlib / 200);
		if (level == ld_codec_zlib.level_default)
			assert_true(ours < zlib - zlib / 50);
	}
}

/* What does not fit is stored as it is. */
static void test_full(void **state)
{
	u8 packed[PAGE], page[PAGE];
	void *codec;

	(void)state;
	for (unsigned int i = 0; i < PAGE; i++)
		page[i] = (u8)random_below(256);
	for (unsigned int i = 0; ld_codecs[i]; i++) {
		if (ld_codecs[i]->open(&codec, ld_codecs[i]->level_default, PAGE))
			fail();
		assert_int_equal(ld_codecs[i]->compress(codec, page, PAGE, packed, PAGE / 2), 0);
		ld_codecs[i]->close(codec);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unpacks),
		cmocka_unit_test(test_zlib_levels),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, make_pages, NULL);
}
