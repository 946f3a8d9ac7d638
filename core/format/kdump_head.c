// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kdump_head.c - what a kdump-compressed file has before its page descriptors.
 */
#include "kdump.h"
#include "kdump_head.h"

/* Fields of the header that are too short have their largest value. */
static u32 kdump_u32(u64 value)
{
	return value > 0xffffffffU ? 0xffffffffU : (u32)value;
}

static u64 kdump_sub_blocks(const struct ld_source *src)
{
	u64 block = ld_page_size(src);

	return (sizeof(struct kdump_sub_header) + src->system.notes_size + block - 1) / block;
}

u64 kdump_bitmap_blocks(const struct ld_source *src)
{
	u64 per_block = 8 * ld_page_size(src);

	return (src->max_pfn + per_block - 1) / per_block;
}

u64 kdump_notes_off(const struct ld_source *src)
{
	return ld_page_size(src) + sizeof(struct kdump_sub_header);
}

u64 kdump_keep_off(const struct ld_source *src)
{
	return (1 + kdump_sub_blocks(src) + kdump_bitmap_blocks(src)) * ld_page_size(src);
}

u64 kdump_desc_off(const struct ld_source *src)
{
	return (1 + kdump_sub_blocks(src) + 2 * kdump_bitmap_blocks(src)) * ld_page_size(src);
}

static int head_write(const struct ld_layout *l, u64 off, const void *buf, size_t len)
{
	return l->sink->ops->write(l->sink, off, buf, len);
}

int kdump_write_header(const struct ld_layout *l, bool incomplete, bool seal)
{
	const struct ld_source *src = l->source;
	size_t size = ld_page_size(src);
	struct kdump_header h = {
		.header_version = KDUMP_HEADER_VERSION,
		.status = l->codec->flag | (incomplete ? KDUMP_INCOMPLETE : 0),
		.block_size = (s32)size,
		.sub_hdr_size = (s32)kdump_sub_blocks(src),
		.bitmap_blocks = (u32)(2 * kdump_bitmap_blocks(src)),
		.max_mapnr = kdump_u32(src->max_pfn),
		.total_ram_blocks = kdump_u32(ld_source_frames(src)),
		.written_blocks = kdump_u32(l->kept),
		.nr_cpus = (s32)src->system.cpus_end,
	};
	u8 *block = port_alloc(size);
	int err;

	if (!block)
		return -ENOMEM;
	memcpy(h.signature, KDUMP_SIGNATURE, sizeof(h.signature));
	memcpy(h.utsname, src->system.uts, sizeof(h.utsname));
	memcpy(block, &h, sizeof(h));
	if (seal)
		ld_seal_meta(l->seal, 0, block, size);
	err = head_write(l, 0, block, size);
	port_free(block, size);
	return err;
}

int kdump_write_sub_header(const struct ld_layout *l)
{
	const struct ld_source *src = l->source;
	const struct ld_system *sys = &src->system;
	size_t block = ld_page_size(src), size = kdump_sub_blocks(src) * block;
	u64 notes_off = kdump_notes_off(src);
	struct kdump_sub_header sub = {
		.phys_base = sys->phys_base,
		.dump_level = (s32)l->level,
		.offset_vmcoreinfo = notes_off + sys->vmcoreinfo_off,
		.size_vmcoreinfo = sys->vmcoreinfo_size,
		.offset_note = notes_off,
		.size_note = sys->notes_size,
		.max_mapnr_64 = src->max_pfn,
	};
	u8 *blocks = port_alloc(size);
	int err;

	if (!blocks)
		return -ENOMEM;
	memcpy(blocks, &sub, sizeof(sub));
	memcpy(blocks + sizeof(sub), sys->notes, sys->notes_size);
	ld_seal_meta(l->seal, block, blocks, size);
	err = head_write(l, block, blocks, size);
	port_free(blocks, size);
	return err;
}

/*
 * Set the bits of @map for RAM in page frames @first .. @last - 1. @r is the first
 * range that ends after @first. Returns the first that ends after @last.
 */
static unsigned int kdump_set_ram_bits(const struct ld_source *src, unsigned int r, u64 *map,
				       u64 first, u64 last)
{
	for (; r < src->nr_ranges && src->ranges[r].start < last; r++) {
		u64 start = src->ranges[r].start, end = src->ranges[r].end;

		ld_bits_set(map, start > first ? start - first : 0,
			    (end < last ? end : last) - first);
		if (end > last)
			break;
	}
	return r;
}

int kdump_write_ram_bitmap(const struct ld_layout *l)
{
	const struct ld_source *src = l->source;
	size_t block = ld_page_size(src);
	u64 off = (1 + kdump_sub_blocks(src)) * block, per_block = block * 8;
	u64 *map = port_alloc(block);
	unsigned int r = 0;
	u64 first = 0;
	int err = 0;

	if (!map)
		return -ENOMEM;
	for (; r < src->nr_ranges && !err; first += per_block) {
		u64 at;

		if (src->ranges[r].start > first)
			first = src->ranges[r].start / per_block * per_block;
		at = off + first / per_block * block;
		memset(map, 0, block);
		r = kdump_set_ram_bits(src, r, map, first, first + per_block);
		ld_seal_meta(l->seal, at, map, block);
		err = head_write(l, at, map, block);
		port_relax();
	}
	port_free(map, block);
	return err;
}

int kdump_write_keep_bitmap(const struct ld_layout *l)
{
	const struct ld_groups *groups = l->keep->groups;
	u64 off = kdump_keep_off(l->source), bytes = (l->source->max_pfn + 7) / 8;
	const u64 *words = l->keep->words;
	int err = 0;

	for (u64 i = 0; i < groups->nr && !err; i++, words += LD_GROUP_WORDS) {
		u64 first = ld_groups_at(groups, i) * LD_GROUP_FRAMES / 8;
		size_t len = LD_GROUP_WORDS * sizeof(*words);

		if (len > bytes - first)
			len = bytes - first;
		if (ld_bit_next(words, 0, LD_GROUP_FRAMES, true) < LD_GROUP_FRAMES)
			err = head_write(l, off + first, words, len);
		port_relax();
	}
	return err;
}
