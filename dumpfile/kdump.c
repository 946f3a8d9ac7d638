// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kdump.c - read the layout of a kdump-compressed file;
 * core/format/format_kdump.c writes it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "core/pages/bitmap.h"
#include "core/codec/codec.h"
#include "dumpfile.h"
#include "base/process/pagecache.h"
#include "port/zero.h"

#define CODEC_FLAGS	(KDUMP_COMPRESSED_ZLIB | KDUMP_COMPRESSED_LZO | KDUMP_COMPRESSED_ZSTD)
#define USEC_PER_SEC	1000000
#define BITMAP_MAX	(8ULL << 30)	/* bytes of bitmaps that are read without holes */
#define BITMAP_READ	65536U		/* bytes of bitmap 1 read at once; holds any page */

/* Fields of the header that are too short have their largest value. */
static u32 kdump_u32(u64 value)
{
	return value > UINT32_MAX ? UINT32_MAX : (u32)value;
}

static bool kdump_match(const u8 *head)
{
	return !memcmp(head, KDUMP_SIGNATURE, sizeof(KDUMP_SIGNATURE) - 1);
}

/*
 * libkdumpfile tries other layouts first, in which the microseconds are the size of a
 * block, of 32 bits and of either byte order: then it reads other fields than these. For
 * that the size has to be a power of two. savecore stores no time.
 */
static bool kdump_time_misleads(const struct kdump_header *h)
{
	if (h->total_ram_blocks)
		return h->tv_sec || h->tv_usec;
	return h->tv_usec < 0 || h->tv_usec >= USEC_PER_SEC ||
	       (h->tv_usec && !(h->tv_usec & (h->tv_usec - 1)));
}

static int kdump_check_header(const struct dumpfile *d, const struct kdump_header *h,
			      struct error *err)
{
	const struct dumpfile_file *f = &d->file;
	/* libkdumpfile knows one that savecore does not use. */
	u32 known = CODEC_FLAGS | (h->total_ram_blocks ? 0 : KDUMP_COMPRESSED_SNAPPY);
	u32 codec = h->status & ~KDUMP_INCOMPLETE;

	if (h->header_version != KDUMP_HEADER_VERSION)
		return dumpfile_bad(f, err, "its header has version %d, not %d",
				    h->header_version, KDUMP_HEADER_VERSION);
	if (h->block_size < 4096 || h->block_size > (s32)DUMPFILE_PAGE_MAX ||
	    (h->block_size & (h->block_size - 1)))
		return dumpfile_bad(f, err, "its header has blocks of %d bytes", h->block_size);
	if (h->sub_hdr_size < 1 || !h->bitmap_blocks || h->bitmap_blocks % 2)
		return dumpfile_bad(f, err, "its header has %d blocks of sub-header and %u of bitmaps",
				    h->sub_hdr_size, h->bitmap_blocks);
	if (codec & ~known || codec & (codec - 1))
		return dumpfile_bad(f, err, "its header has the unknown status %#x",
				    h->status);
	if (kdump_time_misleads(h))
		return dumpfile_bad(f, err, "its header has a time");
	if (h->nr_cpus < 1 || h->nr_cpus > (s32)DUMPFILE_CPUS_MAX)
		return dumpfile_bad(f, err, "its header has %d CPUs", h->nr_cpus);
	return 0;
}

/* Some writers do not know it. What is no name is damage, which others find. */
static int kdump_check_machine(const struct dumpfile *d, struct error *err)
{
	const char *machine = d->uts[4];
	size_t len = strspn(machine, "abcdefghijklmnopqrstuvwxyz0123456789_");

	if (!len || machine[len])
		return 0;
	for (unsigned int i = 0; ld_arch_at(i); i++)
		if (!strcmp(ld_arch_at(i)->uts_machine, machine))
			return 0;
	return dumpfile_bad_machine(d, machine, err);
}

static int kdump_use_header(struct dumpfile *d, const struct kdump_header *h, struct error *err)
{
	struct kdump_layout *l = &d->kdump;

	d->page_shift = (unsigned int)__builtin_ctz((unsigned int)h->block_size);
	d->nr_cpus = (unsigned int)h->nr_cpus;
	d->incomplete = h->status & KDUMP_INCOMPLETE;
	d->foreign = !h->total_ram_blocks;
	d->has_uts = true;
	for (unsigned int i = 0; i < 6; i++)
		memcpy(d->uts[i], h->utsname[i], sizeof(h->utsname[i]));
	l->codec_flag = h->status & ~KDUMP_INCOMPLETE;
	l->written = h->written_blocks;
	l->sub_blocks = (u64)h->sub_hdr_size;
	l->bitmap_blocks = h->bitmap_blocks / 2;
	l->desc_off = (1 + l->sub_blocks + h->bitmap_blocks) * dumpfile_page_size(d);
	if (l->desc_off > d->file.size)
		return dumpfile_short(&d->file, err);
	return kdump_check_machine(d, err);
}

/*
 * The bitmaps of memory at high addresses are long and almost all holes. If nobody
 * tells where the holes are, a short file with a header that claims the most can have
 * 256 GB of zeros to read.
 */
static int kdump_check_holes(const struct dumpfile *d, struct error *err)
{
	size_t page = dumpfile_page_size(d);
	u64 begin = (1 + d->kdump.sub_blocks) * page;

	if (d->kdump.desc_off - begin <= BITMAP_MAX)
		return 0;
	return dumpfile_check_holes(&d->file, begin, d->kdump.desc_off, err);
}

static int kdump_open_headers(struct dumpfile *d, struct error *err)
{
	struct kdump_sub_header sub;
	struct kdump_header h;
	u64 bits, frames;
	size_t page;
	int ret;

	ret = dumpfile_read(&d->file, 0, &h, sizeof(h), err);
	if (!ret)
		ret = kdump_check_header(d, &h, err);
	if (!ret)
		ret = kdump_use_header(d, &h, err);
	if (!ret)
		ret = dumpfile_read(&d->file, dumpfile_page_size(d), &sub, sizeof(sub), err);
	if (ret)
		return ret;
	page = dumpfile_page_size(d);
	bits = d->kdump.bitmap_blocks * page * 8;
	frames = sub.max_mapnr_64;
	if (frames > (1ULL << ld_arch_phys_bits_max()) / page || frames > bits ||
	    bits - frames >= page * 8 ||
	    h.max_mapnr != kdump_u32(frames))
		return dumpfile_bad(&d->file, err, "its header has %" PRIu64
				    " page frames, its bitmap %" PRIu64, frames, bits);
	d->kdump.max_pfn = frames;
	if (sub.split)
		return dumpfile_bad(&d->file, err, "it is only one part of a split dump");
	/* libkdumpfile reads this as a whole, however large it is. */
	if (sub.offset_eraseinfo || sub.size_eraseinfo)
		return dumpfile_bad(&d->file, err, "another program has erased parts of it");
	ret = kdump_check_holes(d, err);
	if (ret)
		return ret;
	d->notes.vmcoreinfo_off = sub.offset_vmcoreinfo;
	d->notes.vmcoreinfo_size = sub.size_vmcoreinfo;
	return dumpfile_read_meta(d, page, d->kdump.sub_blocks * page, sub.offset_note,
				  sub.size_note, err);
}

/* Call @fn for the blocks of bitmap 1 that are not all zero; the others may be holes. */
static int kdump_ram_pieces(const struct dumpfile *d, u8 *buf, dumpfile_piece_fn *fn, void *arg,
			    struct error *err)
{
	size_t page = dumpfile_page_size(d);
	u64 off = (1 + d->kdump.sub_blocks) * page;
	u64 end = off + d->kdump.bitmap_blocks * page;
	int ret = 0;

	for (;;) {
		size_t n;

		off = file_skip_hole(d->file.fd, off, end, page);
		if (off >= end || ret)
			return ret;
		n = end - off < BITMAP_READ ? (size_t)(end - off) : BITMAP_READ;
		ret = dumpfile_cancelled(&d->file);
		if (!ret)
			ret = dumpfile_read(&d->file, off, buf, n, err);
		for (size_t at = 0; at < n && !ret; at += page)
			if (!ld_is_zero(buf + at, page))
				ret = fn(arg, off + at, buf + at, page);
		off += n;
	}
}

static int kdump_pieces(const struct dumpfile *d, dumpfile_piece_fn *fn, void *arg,
			struct error *err)
{
	size_t page = dumpfile_page_size(d);
	u8 *buf = malloc(BITMAP_READ);
	int ret;

	_Static_assert(BITMAP_READ >= DUMPFILE_PAGE_MAX, "the header's block fits");
	if (!buf)
		return dumpfile_no_memory(&d->file, err);
	ret = dumpfile_read(&d->file, 0, buf, page, err);
	if (!ret)
		ret = fn(arg, 0, buf, page);
	if (!ret)
		ret = fn(arg, d->meta.off, d->meta.data, d->meta.size);
	if (!ret)
		ret = kdump_ram_pieces(d, buf, fn, arg, err);
	free(buf);
	return ret;
}

static u64 kdump_bitmap2_off(const struct dumpfile *d)
{
	return (1 + d->kdump.sub_blocks + d->kdump.bitmap_blocks) * dumpfile_page_size(d);
}

static int kdump_bitmap_word(const struct dumpfile *d, u64 pfn, u64 *word, struct error *err)
{
	*word = 0;
	if (pfn >= d->kdump.max_pfn)
		return 0;
	return dumpfile_read(&d->file, kdump_bitmap2_off(d) + pfn / 8, word, sizeof(*word), err);
}

/* Call @fn for the pieces of bitmap 2, of LD_SEAL_KEEP_BYTES, that are not all zero. */
static int kdump_chunks(const struct dumpfile *d, dumpfile_chunk_fn *fn, void *arg,
			struct error *err)
{
	u64 end = d->kdump.desc_off, start = kdump_bitmap2_off(d), off = start;
	u64 map[4096 / sizeof(u64)];
	struct dumpfile_chunk c = { 0 };

	_Static_assert(sizeof(c.keep) == LD_SEAL_KEEP_BYTES, "a chunk is a piece");
	for (;; off += sizeof(map)) {
		int ret = dumpfile_cancelled(&d->file);

		off = file_skip_hole(d->file.fd, off, end, sizeof(map));
		if (off >= end)
			return ret;

		if (!ret)
			ret = dumpfile_read(&d->file, off, map, sizeof(map), err);
		for (size_t i = 0; i < sizeof(map) / sizeof(*map) && !ret; i += LD_CHUNK_WORDS) {
			c.pfn = ((off - start) + i * sizeof(*map)) * 8;
			memcpy(c.keep, map + i, sizeof(c.keep));
			if (ld_is_zero(c.keep, sizeof(c.keep)))
				continue;
			ret = fn(arg, &c);
			c.rank += ld_weight(c.keep, LD_CHUNK_WORDS);
		}
		if (ret)
			return ret;
	}
	return 0;
}

struct kdump_survey {
	const struct dumpfile *d;
	dumpfile_chunk_fn *fn;
	void *arg;
	struct error *err;
	u64 frames;
	u64 runs;
	u64 last;		/* the last word of the chunk before */
	u64 next_pfn;		/* one past that chunk */
};

/* Count where a run of page frames begins. */
static void kdump_count_runs(struct kdump_survey *s, const struct dumpfile_chunk *c)
{
	u64 before = c->pfn == s->next_pfn ? s->last >> 63 : 0;

	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		u64 begins = c->keep[i] & ~(c->keep[i] << 1 | before);

		s->runs += (u64)__builtin_popcountll(begins);
		before = c->keep[i] >> 63;
	}
	s->last = c->keep[LD_CHUNK_WORDS - 1];
	s->next_pfn = c->pfn + LD_CHUNK;
}

static int kdump_survey_chunk(void *arg, const struct dumpfile_chunk *c)
{
	struct kdump_survey *s = arg;
	u64 max = s->d->kdump.max_pfn;

	s->frames += ld_weight(c->keep, LD_CHUNK_WORDS);
	kdump_count_runs(s, c);
	if (c->pfn + LD_CHUNK > max &&
	    ld_bit_next(c->keep, max > c->pfn ? max - c->pfn : 0, LD_CHUNK, true) < LD_CHUNK)
		return dumpfile_bad(&s->d->file, s->err,
				    "its bitmap has page frames beyond the last, %" PRIu64, max);
	return s->fn ? s->fn(s->arg, c) : 0;
}

/* Descriptors that no page frame uses are between the others and the data. */
static int kdump_skip_spared(struct dumpfile *d, struct error *err)
{
	struct kdump_layout *l = &d->kdump;
	u64 from = l->data_off;

	if (from > d->file.size || d->spared > d->file.size - from)
		return dumpfile_short(&d->file, err);
	l->data_off += d->spared;
	return dumpfile_check_padding(&d->file, from, d->spared, err);
}

static int kdump_survey(struct dumpfile *d, dumpfile_chunk_fn *fn, void *arg, struct error *err)
{
	struct kdump_survey s = { .d = d, .fn = fn, .arg = arg, .err = err };
	struct kdump_layout *l = &d->kdump;
	int ret;

	ret = kdump_chunks(d, kdump_survey_chunk, &s, err);
	if (ret)
		return ret;
	if (d->incomplete && kdump_u32(s.frames) != l->written)
		return dumpfile_bad(&d->file, err, "its bitmap has %" PRIu64
				    " page frames, its header %u", s.frames, l->written);
	d->frames = s.frames;
	d->runs = s.runs;
	l->data_off = l->desc_off + s.frames * sizeof(struct kdump_desc);
	return kdump_skip_spared(d, err);
}

const struct dumpfile_format dumpfile_format_kdump = {
	.name = "kdump",
	.descriptors = true,
	.match = kdump_match,
	.open = kdump_open_headers,
	.pieces = kdump_pieces,
	.survey = kdump_survey,
	.chunks = kdump_chunks,
	.bitmap_word = kdump_bitmap_word,
};
