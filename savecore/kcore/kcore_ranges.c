// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kcore_ranges.c - find which page frames are RAM, and where in /proc/kcore
 * they are.
 *
 * The PT_LOADs with a physical address are those of the direct map, one for
 * each range of System RAM, and one that maps the kernel image a second time,
 * at the address it is linked to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kcore_iomem.h"
#include "kcore_ranges.h"

static int kcore_ranges_refuse(struct error *err, const char *name, const char *what)
{
	error_set_code(err, ERROR_BAD_MEMORY_IMAGE, "%s is not a usable kernel memory image: %s",
		       name, what);
	return -EINVAL;
}

static int kcore_ranges_no_memory(struct error *err)
{
	error_set(err, "not enough memory\nend other programs");
	return -ENOMEM;
}

static int kcore_extent_compare(const void *a, const void *b)
{
	const struct kcore_extent *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int kcore_range_compare(const void *a, const void *b)
{
	const struct ld_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Set @ext to the whole pages of @seg. Returns whether there are any. */
static bool kcore_extent_set(struct kcore_extent *ext, const struct kcore_segment *seg,
			     unsigned int page_shift)
{
	u64 pad = -seg->paddr & ((1ULL << page_shift) - 1);

	ext->start = (seg->paddr + pad) >> page_shift;
	ext->end = (seg->paddr + seg->size) >> page_shift;
	ext->offset = seg->offset + pad;
	return ext->start < ext->end;
}

/* Make an extent of each segment of the direct map, and find the kernel image. */
static int kcore_ranges_find_extents(struct kcore_ranges *r, const struct kcore_elf *elf,
				     u64 stext, u64 phys_end, struct ld_system *sys,
				     const char *name, struct error *err)
{
	r->extent = calloc(elf->nr, sizeof(*r->extent));
	if (!r->extent)
		return kcore_ranges_no_memory(err);
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
			return kcore_ranges_refuse(err, name, "a segment ends beyond physical memory");
		if (r->nr_extents && seg->vaddr - seg->paddr != sys->page_offset)
			return kcore_ranges_refuse(err, name, "its segments are not one direct map");
		sys->page_offset = seg->vaddr - seg->paddr;
		r->nr_extents += kcore_extent_set(&r->extent[r->nr_extents], seg,
						  elf->arch->page_shift);
	}
	if (!r->nr_extents)
		return kcore_ranges_refuse(err, name, "it has no segment of physical memory");
	qsort(r->extent, r->nr_extents, sizeof(*r->extent), kcore_extent_compare);
	for (unsigned int i = 1; i < r->nr_extents; i++)
		if (r->extent[i].start < r->extent[i - 1].end)
			return kcore_ranges_refuse(err, name, "segments of physical memory overlap");
	return 0;
}

static void kcore_ranges_add(struct kcore_ranges *r, u64 start, u64 end)
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

/* Find RAM: the extents without memory of the crash kernel; adjacent ones are joined. */
static int kcore_ranges_find_ram(struct kcore_ranges *r, struct ld_range *crash,
				 unsigned int nr_crash, const char *name, struct error *err)
{
	/* Each crash kernel range splits at most one range in two. */
	r->range = calloc((size_t)r->nr_extents + nr_crash, sizeof(*r->range));
	if (!r->range)
		return kcore_ranges_no_memory(err);
	qsort(crash, nr_crash, sizeof(*crash), kcore_range_compare);
	for (unsigned int i = 0; i < r->nr_extents; i++) {
		u64 pfn = r->extent[i].start, end = r->extent[i].end;

		for (unsigned int c = 0; c < nr_crash && pfn < end; c++) {
			if (crash[c].end <= pfn || crash[c].start >= end)
				continue;
			if (crash[c].start > pfn)
				kcore_ranges_add(r, pfn, crash[c].start);
			pfn = crash[c].end;
		}
		if (pfn < end)
			kcore_ranges_add(r, pfn, end);
	}
	if (!r->nr_ranges)
		return kcore_ranges_refuse(err, name, "all of its memory is reserved for the crash kernel");
	return 0;
}

int kcore_ranges_find(struct kcore_ranges *r, const struct kcore_elf *elf, int iomem,
		      struct ld_system *sys, const char *name, const char *iomem_name,
		      struct error *err)
{
	struct vmcoreinfo vi = { elf->vmcoreinfo, elf->vmcoreinfo_size };
	const struct ld_arch *arch = elf->arch;
	struct kcore_crash crash;
	u64 page_size, bits, stext;
	int rc;

	if (!vmcoreinfo_num(&vi, "PAGESIZE", &page_size) || page_size != 1ULL << arch->page_shift)
		return kcore_ranges_refuse(err, name, "PAGESIZE in VMCOREINFO is not the page size of its architecture");
	if (!vmcoreinfo_num(&vi, "NUMBER(phys_base)", &sys->phys_base))
		return kcore_ranges_refuse(err, name, "VMCOREINFO has no NUMBER(phys_base)");
	if (!vmcoreinfo_hex(&vi, "SYMBOL(_stext)", &stext))
		return kcore_ranges_refuse(err, name, "VMCOREINFO has no SYMBOL(_stext)");
	if (!vmcoreinfo_num(&vi, "NUMBER(MAX_PHYSMEM_BITS)", &bits))
		bits = arch->phys_bits_max;
	if (bits < arch->phys_bits_min || bits > arch->phys_bits_max)
		return kcore_ranges_refuse(err, name, "MAX_PHYSMEM_BITS in VMCOREINFO is out of range");
	rc = kcore_ranges_find_extents(r, elf, stext, 1ULL << bits, sys, name, err);
	if (rc)
		return rc;
	rc = kcore_iomem_crash(iomem, arch->page_shift, &crash, iomem_name, err);
	if (!rc)
		rc = kcore_ranges_find_ram(r, crash.range, crash.nr, name, err);
	r->crash_hidden = crash.hidden;
	free(crash.range);
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
