// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_kdump.c - the layout of a kdump-compressed file that is verified.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "arch/arch.h"
#include "core/buffer/bitmap.h"
#include "core/codec/codec.h"
#include "savecore/verify/verify_impl.h"

#define MAX_CPUS	8192
#define CODEC_FLAGS	(KDUMP_COMPRESSED_ZLIB | KDUMP_COMPRESSED_LZO | KDUMP_COMPRESSED_ZSTD)

static bool kdump_match(const u8 *head)
{
	return !memcmp(head, KDUMP_SIGNATURE, sizeof(KDUMP_SIGNATURE) - 1);
}

static int check_header(struct verify *v, const struct kdump_header *h)
{
	u32 codec = h->status & ~KDUMP_INCOMPLETE;

	if (h->header_version != KDUMP_HEADER_VERSION)
		return verify_bad(v, "its header is of version %d, not %d", h->header_version,
				  KDUMP_HEADER_VERSION);
	if (h->block_size < 4096 || h->block_size > (s32)VERIFY_BLOCK ||
	    (h->block_size & (h->block_size - 1)))
		return verify_bad(v, "its header has blocks of %d bytes", h->block_size);
	if (h->sub_hdr_size < 1 || !h->bitmap_blocks || h->bitmap_blocks % 2)
		return verify_bad(v, "its header has %d blocks of sub-header and %u of bitmaps",
				  h->sub_hdr_size, h->bitmap_blocks);
	if (codec & ~CODEC_FLAGS || codec & (codec - 1))
		return verify_bad(v, "its header has status %#x, which is not known", h->status);
	if (h->nr_cpus < 1 || h->nr_cpus > MAX_CPUS)
		return verify_bad(v, "its header has %d CPUs", h->nr_cpus);
	v->page = (size_t)h->block_size;
	v->page_shift = (unsigned int)__builtin_ctz((unsigned int)h->block_size);
	v->nr_cpus = (unsigned int)h->nr_cpus;
	v->report->incomplete = h->status & KDUMP_INCOMPLETE;
	v->kdump.codec_flag = codec;
	v->kdump.written = h->written_blocks;
	v->kdump.sub_blocks = (u64)h->sub_hdr_size;
	v->kdump.bitmap_blocks = h->bitmap_blocks / 2;
	v->kdump.desc_off = (1 + v->kdump.sub_blocks + h->bitmap_blocks) * v->page;
	for (unsigned int i = 0; i < 6; i++) {
		memcpy(v->uts_text[i], h->utsname[i], sizeof(h->utsname[i]));
		v->uts[i] = v->uts_text[i];
	}
	if (v->kdump.desc_off > v->size)
		return verify_bad(v, "it ends too early, at byte %" PRIu64, v->size);
	return 0;
}

static int kdump_open(struct verify *v)
{
	struct kdump_sub_header sub;
	struct kdump_header h;
	u64 bits, frames;
	int ret;

	ret = verify_read(v, 0, &h, sizeof(h));
	if (!ret)
		ret = check_header(v, &h);
	if (!ret)
		ret = verify_read(v, v->page, &sub, sizeof(sub));
	if (ret)
		return ret;
	bits = v->kdump.bitmap_blocks * v->page * 8;
	frames = sub.max_mapnr_64;
	if (frames > 1ULL << (ld_arch_phys_bits_max() - v->page_shift) || frames > bits ||
	    bits - frames >= v->page * 8 ||
	    h.max_mapnr != (frames > UINT32_MAX ? UINT32_MAX : frames))
		return verify_bad(v, "its header has %" PRIu64 " page frames, its bitmap %" PRIu64,
				  frames, bits);
	v->kdump.max_pfn = frames;
	if (sub.split)
		return verify_bad(v, "it is one part of a dump that was split");
	return verify_read_meta(v, v->page, v->kdump.sub_blocks * v->page, sub.offset_note,
				sub.size_note);
}

static int kdump_sum_meta(struct verify *v, struct ld_seal *sum)
{
	u64 off = (1 + v->kdump.sub_blocks) * v->page;
	u64 end = off + v->kdump.bitmap_blocks * v->page;
	int ret;

	ret = verify_read(v, 0, v->block, v->page);
	if (ret)
		return ret;
	ld_seal_meta(sum, 0, v->block, v->page);
	while (off < end) {
		size_t n = end - off < VERIFY_BLOCK ? (size_t)(end - off) : VERIFY_BLOCK;

		ret = verify_cancelled(v);
		if (!ret)
			ret = verify_read(v, off, v->block, n);
		if (ret)
			return ret;
		for (size_t at = 0; at < n; at += v->page)
			if (!ld_is_zero(v->block + at, v->page))
				ld_seal_meta(sum, off + at, v->block + at, v->page);
		off += n;
	}
	return 0;
}

/* Call @take for what bitmap 2 has, in pieces of LD_SEAL_KEEP_BYTES. */
static int kdump_chunks(const struct verify *v,
			int (*take)(void *arg, const struct verify_chunk *c), void *arg)
{
	u64 off = (1 + v->kdump.sub_blocks + v->kdump.bitmap_blocks) * v->page;
	u64 end = v->kdump.desc_off, start = off;
	struct verify_chunk c = { 0 };
	u64 map[4096 / sizeof(u64)];

	_Static_assert(sizeof(c.keep) == LD_SEAL_KEEP_BYTES, "a chunk is a piece");
	for (; off < end; off += sizeof(map)) {
		int ret = verify_cancelled(v);

		if (!ret)
			ret = verify_read(v, off, map, sizeof(map));
		for (size_t i = 0; i < sizeof(map) / sizeof(*map) && !ret; i += LD_CHUNK_WORDS) {
			c.pfn = ((off - start) + i * sizeof(*map)) * 8;
			memcpy(c.keep, map + i, sizeof(c.keep));
			if (ld_is_zero(c.keep, sizeof(c.keep)))
				continue;
			ret = take(arg, &c);
			c.rank += ld_weight(c.keep, LD_CHUNK_WORDS);
		}
		if (ret)
			return ret;
	}
	return 0;
}

struct keep_sum {
	struct verify *v;
	u64 sum;
	u64 kept;
};

static int sum_chunk(void *arg, const struct verify_chunk *c)
{
	struct keep_sum *k = arg;
	u64 max = k->v->kdump.max_pfn;

	k->sum += port_hash64(c->keep, sizeof(c->keep), c->pfn);
	k->kept += ld_weight(c->keep, LD_CHUNK_WORDS);
	if (c->pfn + LD_CHUNK > max &&
	    ld_bit_next(c->keep, max > c->pfn ? max - c->pfn : 0, LD_CHUNK, true) < LD_CHUNK)
		return verify_bad(k->v, "its bitmap has page frames beyond the last, %" PRIu64,
				  max);
	return 0;
}

static int kdump_sum_keep(struct verify *v, u64 *sum)
{
	struct keep_sum k = { .v = v };
	int ret = kdump_chunks(v, sum_chunk, &k);

	if (ret)
		return ret;
	/* Of an incomplete dump the sum is of what was written: see verify_pages.c. */
	if (!v->report->incomplete)
		*sum = k.sum;
	if (v->report->incomplete && (u32)k.kept != v->kdump.written)
		return verify_bad(v, "its bitmap has %" PRIu64 " page frames, its header %u",
				  k.kept, v->kdump.written);
	v->kdump.kept = k.kept;
	v->kdump.data_off = v->kdump.desc_off + k.kept * sizeof(struct kdump_desc);
	if (v->kdump.data_off > v->size)
		return verify_bad(v, "it ends too early, at byte %" PRIu64, v->size);
	return 0;
}

const struct verify_format verify_format_kdump = {
	.name = "kdump",
	.match = kdump_match,
	.open = kdump_open,
	.sum_meta = kdump_sum_meta,
	.sum_keep = kdump_sum_keep,
	.chunks = kdump_chunks,
};
