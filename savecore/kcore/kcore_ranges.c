// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kcore_ranges.c - which page frames are RAM and where in /proc/kcore.
 *
 * The PT_LOADs with a physical address are the direct map, one for each
 * stretch of System RAM, and the kernel image once more at the address it is
 * linked to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kcore_iomem.h"
#include "kcore_ranges.h"

/*
 * RAM may lie far apart, but tables are as long as the highest page frame's
 * number, so an image of a few pages must not claim one at the end of the
 * address space.
 */
#define SPREAD_MAX	4096U
#define SPREAD_FREE	(1ULL << 40)	/* bytes */

static int invalid(struct error *err, const char *name, const char *what)
{
	error_set(err, "%s is not a usable kernel memory image: %s", name, what);
	return -EINVAL;
}

static int no_memory(struct error *err)
{
	error_set(err, "not enough memory");
	return -ENOMEM;
}

static int extent_by_start(const void *a, const void *b)
{
	const struct kcore_extent *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int range_by_start(const void *a, const void *b)
{
	const struct ld_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Only whole pages count; returns whether there are any. */
static bool set_extent(struct kcore_extent *ext, const struct kcore_segment *seg,
		       unsigned int page_shift)
{
	u64 pad = -seg->paddr & ((1ULL << page_shift) - 1);

	ext->start = (seg->paddr + pad) >> page_shift;
	ext->end = (seg->paddr + seg->size) >> page_shift;
	ext->offset = seg->offset + pad;
	return ext->start < ext->end;
}

/* The direct map's segments become extents; the kernel image is noted. */
static int find_extents(struct kcore_ranges *r, const struct kcore_elf *elf, u64 stext,
			u64 phys_end, struct ld_system *sys, const char *name, struct error *err)
{
	r->extent = calloc(elf->nr, sizeof(*r->extent));
	if (!r->extent)
		return no_memory(err);
	for (unsigned int i = 0; i < elf->nr; i++) {
		const struct kcore_segment *seg = &elf->seg[i];

		if (seg->paddr == KCORE_NO_PADDR)
			continue;
		if (stext >= seg->vaddr && stext - seg->vaddr < seg->size) {
			sys->kernel_vaddr = seg->vaddr;
			sys->kernel_paddr = seg->paddr;
			sys->kernel_size = seg->size;
			continue;
		}
		if (seg->paddr >= phys_end || seg->size > phys_end - seg->paddr)
			return invalid(err, name, "a segment lies beyond physical memory");
		if (r->nr_extents && seg->vaddr - seg->paddr != sys->page_offset)
			return invalid(err, name, "its segments are not those of a direct map");
		sys->page_offset = seg->vaddr - seg->paddr;
		r->nr_extents += set_extent(&r->extent[r->nr_extents], seg,
					    elf->arch->page_shift);
	}
	if (!r->nr_extents)
		return invalid(err, name, "it has no segment of physical memory");
	qsort(r->extent, r->nr_extents, sizeof(*r->extent), extent_by_start);
	for (unsigned int i = 1; i < r->nr_extents; i++)
		if (r->extent[i].start < r->extent[i - 1].end)
			return invalid(err, name, "segments of physical memory overlap");
	return 0;
}

static void add_range(struct kcore_ranges *r, u64 start, u64 end)
{
	unsigned int nr = r->nr_ranges;

	if (nr && r->range[nr - 1].end == start) {
		r->range[nr - 1].end = end;
		return;
	}
	r->range[nr].start = start;
	r->range[nr].end = end;
	r->nr_ranges++;
}

/* The extents without the crash kernel's memory, joined where they touch. */
static int find_ranges(struct kcore_ranges *r, struct ld_range *crash, unsigned int nr_crash,
		       unsigned int page_shift, const char *name, struct error *err)
{
	u64 frames = 0, max_pfn;

	/* Each crash kernel range splits at most one range in two. */
	r->range = calloc((size_t)r->nr_extents + nr_crash, sizeof(*r->range));
	if (!r->range)
		return no_memory(err);
	qsort(crash, nr_crash, sizeof(*crash), range_by_start);
	for (unsigned int i = 0; i < r->nr_extents; i++) {
		u64 pfn = r->extent[i].start, end = r->extent[i].end;

		for (unsigned int c = 0; c < nr_crash && pfn < end; c++) {
			if (crash[c].end <= pfn || crash[c].start >= end)
				continue;
			if (crash[c].start > pfn)
				add_range(r, pfn, crash[c].start);
			pfn = crash[c].end;
		}
		if (pfn < end)
			add_range(r, pfn, end);
	}
	for (unsigned int i = 0; i < r->nr_ranges; i++)
		frames += r->range[i].end - r->range[i].start;
	if (!frames)
		return invalid(err, name, "all its memory is the crash kernel's");
	max_pfn = r->range[r->nr_ranges - 1].end;
	if (max_pfn > SPREAD_FREE >> page_shift && max_pfn / SPREAD_MAX > frames)
		return invalid(err, name, "its memory is implausibly far apart");
	return 0;
}

int kcore_ranges_find(struct kcore_ranges *r, const struct kcore_elf *elf, int iomem,
		      struct ld_system *sys, const char *name, const char *iomem_name,
		      struct error *err)
{
	struct vmcoreinfo vi = { elf->vmcoreinfo, elf->vmcoreinfo_size };
	const struct ld_arch *arch = elf->arch;
	struct ld_range *crash = NULL;
	u64 page_size, bits, stext;
	unsigned int nr_crash;
	int rc;

	if (!vmcoreinfo_num(&vi, "PAGESIZE", &page_size) || page_size != 1ULL << arch->page_shift)
		return invalid(err, name, "the PAGESIZE in VMCOREINFO is not that of its machine");
	if (!vmcoreinfo_num(&vi, "NUMBER(phys_base)", &sys->phys_base))
		return invalid(err, name, "VMCOREINFO has no NUMBER(phys_base)");
	if (!vmcoreinfo_hex(&vi, "SYMBOL(_stext)", &stext))
		return invalid(err, name, "VMCOREINFO has no SYMBOL(_stext)");
	if (!vmcoreinfo_num(&vi, "NUMBER(MAX_PHYSMEM_BITS)", &bits))
		bits = arch->phys_bits_max;
	if (bits < arch->phys_bits_min || bits > arch->phys_bits_max)
		return invalid(err, name, "the MAX_PHYSMEM_BITS in VMCOREINFO is absurd");
	rc = find_extents(r, elf, stext, 1ULL << bits, sys, name, err);
	if (rc)
		return rc;
	rc = kcore_iomem_crash(iomem, arch->page_shift, &crash, &nr_crash, iomem_name, err);
	if (!rc)
		rc = find_ranges(r, crash, nr_crash, arch->page_shift, name, err);
	free(crash);
	return rc;
}

void kcore_ranges_free(struct kcore_ranges *r)
{
	free(r->extent);
	free(r->range);
	memset(r, 0, sizeof(*r));
}

const struct kcore_extent *kcore_ranges_extent(const struct kcore_ranges *r, u64 pfn)
{
	unsigned int lo = 0, hi = r->nr_extents;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (r->extent[mid].end <= pfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return r->extent + lo;
}
