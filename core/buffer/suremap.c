// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * suremap.c - which page frames are the kernel's for sure.
 *
 * The kernel's page tables are read through the memory source, so both engines
 * find the same. They may change meanwhile, and a recorded memory image may hold
 * anything. So nothing in an entry is trusted: a table must be RAM, and only so
 * many tables are read as page frames can need.
 */
#include "core/format/vmcoreinfo.h"
#include "suremap.h"

/* Tables that are read at most, besides one for each so many page frames. */
#define TABLES_LEAST		4096U
#define FRAMES_PER_TABLE	64U

struct suremap_walk {
	struct ld_suremap *sure;
	struct ld_source *src;
	unsigned int worker;
	const struct ld_control *control;
	const struct ld_arch_paging *paging;
	unsigned int levels;
	u64 address;		/* bits of an entry that are the physical address */
	u64 direct_start;	/* virtual addresses of the direct map of all memory */
	u64 direct_end;
	u64 tables_left;
	u64 *tables;		/* a page per level, the lowest level first */
};

int ld_suremap_open(struct ld_suremap *sure, const struct ld_groups *groups)
{
	size_t bytes = port_own_bytes(ld_map_bytes(groups));

	sure->typed = (struct ld_map){ groups, port_alloc(bytes) };
	sure->mapped = (struct ld_map){ groups, port_alloc(bytes) };
	return sure->typed.words && sure->mapped.words ? 0 : -ENOMEM;
}

static void suremap_free(struct ld_map *map)
{
	/* If it was never opened, groups is NULL. */
	if (map->words)
		port_free(map->words, port_own_bytes(ld_map_bytes(map->groups)));
	map->words = NULL;
}

void ld_suremap_close(struct ld_suremap *sure)
{
	suremap_free(&sure->mapped);
	suremap_free(&sure->typed);
}

void ld_suremap_set_types(struct ld_suremap *sure, u64 chunk, const u64 *frames,
			  const struct ld_scan *scan)
{
	u64 *typed = ld_map_chunk(&sure->typed, chunk);

	for (u64 i = 0; (i = ld_bit_next(frames, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		if (scan->type[i] != LD_TYPE_KERNEL)
			ld_bit_set(typed, i);
		else
			ld_bit_clear(typed, i);
}

/* Page frames from @pfn on, @nr of them, are mapped at @vaddr. */
static void suremap_add_leaf(struct suremap_walk *w, u64 vaddr, u64 pfn, u64 nr)
{
	u64 last = vaddr + (nr << w->src->page_shift) - 1, max = w->src->max_pfn;

	if (last >= w->direct_start && vaddr < w->direct_end)
		return;
	pfn &= ~(nr - 1);	/* a bit below may be an attribute */
	if (pfn < max)
		ld_map_set(&w->sure->mapped, pfn, nr < max - pfn ? pfn + nr : max);
}

static int suremap_read_table(struct suremap_walk *w, u64 pfn, u64 *table)
{
	u64 bad = 0;
	int err = ld_control_cancelled(w->control);

	if (err)
		return err;
	if (!w->tables_left || !ld_is_ram(w->src, pfn))
		return -EFAULT;
	w->tables_left--;
	port_relax();
	err = w->src->ops->read(w->src, w->worker, pfn, 1, table, &bad);
	return err || !bad ? err : -EFAULT;
}

/* Go through the table of @level in page frame @pfn, which maps addresses from @vaddr on. */
static int suremap_walk_table(struct suremap_walk *w, unsigned int level, u64 pfn, u64 vaddr)
{
	const struct ld_arch_paging *paging = w->paging;
	unsigned int bits = paging->index_bits, shift = w->src->page_shift + (level - 1) * bits;
	u64 nr = 1ULL << bits, span = 1ULL << shift, last = 0;
	u64 *table = w->tables + (level - 1) * nr;
	int err = suremap_read_table(w, pfn, table);

	/* The upper half of the address space is the kernel's. */
	for (u64 i = level == w->levels ? nr / 2 : 0; i < nr && !err; i++) {
		u64 at = vaddr + i * span, next = (table[i] & w->address) >> w->src->page_shift;

		if (!(table[i] & paging->present) ||
		    (at >= w->direct_start && at + (span - 1) < w->direct_end))
			continue;
		if (level == 1 || (table[i] & paging->large && level <= paging->large_levels)) {
			suremap_add_leaf(w, at, next, span >> w->src->page_shift);
			continue;
		}
		/* KASAN maps terabytes with one table in neighbouring entries. */
		if (next != last)
			err = suremap_walk_table(w, level - 1, next, at);
		last = next;
	}
	/* What a damaged or changed entry leads to is not looked at. */
	return err == -EFAULT ? 0 : err;
}

int ld_suremap_add_mapped(struct ld_suremap *sure, struct ld_source *src, unsigned int worker,
			  const struct ld_control *control)
{
	const struct ld_system *sys = &src->system;
	const struct ld_arch_paging *paging = &sys->arch->paging;
	struct vmcoreinfo vi = { (const char *)sys->notes + sys->vmcoreinfo_off,
				 sys->vmcoreinfo_size };
	struct suremap_walk w = {
		.sure = sure,
		.src = src,
		.worker = worker,
		.control = control,
		.paging = paging,
		.levels = paging->levels,
		.address = paging->address,
		.direct_start = sys->page_offset,
		.direct_end = sys->page_offset + (src->max_pfn << src->page_shift),
		.tables_left = TABLES_LEAST + ld_source_frames(src) / FRAMES_PER_TABLE,
	};
	u64 root, more = 0, encrypted = 0, span;
	size_t bytes;
	int err;

	if (!sys->notes || !vmcoreinfo_hex(&vi, "SYMBOL(swapper_pg_dir)", &root))
		return 0;
	vmcoreinfo_num(&vi, "NUMBER(pgtable_l5_enabled)", &more);
	vmcoreinfo_num(&vi, "NUMBER(sme_mask)", &encrypted);
	w.levels += !!more;
	w.address &= ~encrypted;
	bytes = (size_t)w.levels << src->page_shift;
	w.tables = port_alloc(bytes);
	if (!w.tables)
		return -ENOMEM;
	/* The addresses of the last entry of the root end with the address space. */
	span = 1ULL << (src->page_shift + w.levels * paging->index_bits);
	err = suremap_walk_table(&w, w.levels,
				 (root - paging->image_base + sys->phys_base) >> src->page_shift,
				 0 - span);
	port_free(w.tables, bytes);
	return err;
}
