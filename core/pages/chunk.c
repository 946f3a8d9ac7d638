// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * chunk.c - classify and copy one chunk of page frames.
 */
#include "chunk.h"

/* The first range that ends after @pfn, or nr_ranges. */
static unsigned int chunk_find_range(const struct ld_source *src, u64 pfn)
{
	unsigned int lo = 0, hi = src->nr_ranges;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (src->ranges[mid].end <= pfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool ld_is_ram(const struct ld_source *src, u64 pfn)
{
	unsigned int r = chunk_find_range(src, pfn);

	return r < src->nr_ranges && src->ranges[r].start <= pfn;
}

/* One past the last of the page flags from @i on that are the same. */
static unsigned int chunk_same_flags(const u16 *page_flags, unsigned int i, unsigned int end)
{
	const u16 flags = page_flags[i];
	u64 four = flags * 0x0001000100010001ULL, next;

	for (; i + 4 <= end; i += 4) {
		memcpy(&next, page_flags + i, sizeof(next));
		if (next != four)
			break;
	}
	while (i < end && page_flags[i] == flags)
		i++;
	return i;
}

/*
 * Set the page types of page frames @i .. @end - 1 of a chunk from their page
 * flags. Neighbours mostly have the same page flags.
 */
static void chunk_classify_frames(struct ld_scan *scan, unsigned int level, unsigned int i,
				  unsigned int end)
{
	unsigned int run;

	for (; i < end; i = run) {
		enum ld_page_type type = ld_filter_type(scan->page_flags[i]);

		run = chunk_same_flags(scan->page_flags, i, end);
		memset(scan->type + i, type, run - i);
		scan->frames[type] += (u16)(run - i);
		if (ld_filter_keep(type, level))
			ld_bits_set(scan->keep, i, run);
	}
}

int ld_chunk_scan(struct ld_source *src, unsigned int worker, u64 chunk,
		  unsigned int level, struct ld_scan *scan)
{
	u64 first = chunk * LD_CHUNK, last = first + LD_CHUNK;

	memset(scan->ram, 0, sizeof(scan->ram));
	memset(scan->keep, 0, sizeof(scan->keep));
	memset(scan->frames, 0, sizeof(scan->frames));
	for (unsigned int r = chunk_find_range(src, first); r < src->nr_ranges; r++) {
		u64 start = src->ranges[r].start, end = src->ranges[r].end;
		int err;

		if (start >= last)
			break;
		if (start < first)
			start = first;
		if (end > last)
			end = last;
		err = src->ops->page_flags(src, worker, start, (unsigned int)(end - start),
					   scan->page_flags + (start - first));
		if (err)
			return err;
		ld_bits_set(scan->ram, start - first, end - first);
		chunk_classify_frames(scan, level, (unsigned int)(start - first),
				      (unsigned int)(end - first));
	}
	return 0;
}

/* Set the bits of @to, from bit @at on, that are set in the low @nr bits of @from. */
static void chunk_set_bits(u64 *to, unsigned int at, const u64 *from, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		if (ld_bit(from, i))
			ld_bit_set(to, at + i);
}

int ld_chunk_read(struct ld_source *src, unsigned int worker, u64 chunk,
		  const u64 *want, void *buf, u64 *bad)
{
	u64 first = chunk * LD_CHUNK;
	unsigned int r = chunk_find_range(src, first);
	u64 i = 0, end;
	u8 *at = buf;

	memset(bad, 0, LD_CHUNK_WORDS * sizeof(*bad));
	for (;;) {
		u64 run_bad[LD_CHUNK_WORDS] = { 0 };
		unsigned int nr;
		int err;

		i = ld_bit_next(want, i, LD_CHUNK, true);
		if (i >= LD_CHUNK)
			return 0;
		end = ld_bit_next(want, i, LD_CHUNK, false);
		while (r < src->nr_ranges && src->ranges[r].end <= first + i)
			r++;
		if (r == src->nr_ranges)
			return -EINVAL;
		if (end > src->ranges[r].end - first)
			end = src->ranges[r].end - first;
		nr = (unsigned int)(end - i);
		err = src->ops->read(src, worker, first + i, nr, at, run_bad);
		if (err)
			return err;
		chunk_set_bits(bad, (unsigned int)i, run_bad, nr);
		at += (size_t)nr << src->page_shift;
		i = end;
	}
}
