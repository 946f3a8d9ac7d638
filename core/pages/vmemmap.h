/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vmemmap.h - which page frames hold the kernel's array of struct pages.
 *
 * The array is mapped at virtual addresses, mostly by huge pages, so its page
 * frames form few runs. But where memory is in hugetlb pages the kernel may keep
 * only the first page frame of the array for each of them, and map it in place
 * of the others, too: 1 TB then has 4 million mappings. Such a page frame is one
 * run here, so there are half a million of 24 bytes. Newer kernels map a page
 * frame that all hugetlb pages share: it describes page frames in many places,
 * and counts as one that describes none.
 */
#ifndef LIVEDUMP_VMEMMAP_H
#define LIVEDUMP_VMEMMAP_H

#include "port/port.h"

/*
 * Page frames pfn .. pfn + nr - 1. The first of them holds the struct pages of
 * @each page frames from @first on, the next those of the @each after these, and
 * so on. @each is 0 if these page frames are in the array more than once.
 */
struct ld_vmemmap_run {
	u64 pfn;
	u64 first;
	u32 nr;
	u32 each;
};

struct ld_vmemmap {
	unsigned int described;		/* struct pages in a page frame; a whole number */
	struct ld_vmemmap_run *runs;	/* ascending, once they are sorted */
	u64 capacity;			/* of runs */
	u64 nr;				/* runs added; may exceed capacity */
	struct ld_vmemmap_run last;	/* the last run that was added */
};

/*
 * Walk the array twice. The first walk counts the runs. ld_vmemmap_alloc() then
 * allocates what they need, and the second walk stores them. ld_vmemmap_sort()
 * sorts them. Runs that come into being between the walks, and do not fit, are
 * left out.
 */
void ld_vmemmap_open(struct ld_vmemmap *v, unsigned int described);
void ld_vmemmap_close(struct ld_vmemmap *v);

/* Page frame @pfn holds the struct pages from page frame @first on. In the order of @first. */
void ld_vmemmap_add(struct ld_vmemmap *v, u64 pfn, u64 first);

/* Returns 0 or -ENOMEM. */
int ld_vmemmap_alloc(struct ld_vmemmap *v);

/* May schedule: sorting millions of runs takes seconds. */
void ld_vmemmap_sort(struct ld_vmemmap *v);

/*
 * How many page frames the struct pages in page frame @pfn describe, or 0 if it
 * holds none or is in the array more than once. Sets *@first to the first page
 * frame that they describe.
 */
unsigned int ld_vmemmap_find(const struct ld_vmemmap *v, u64 pfn, u64 *first);

#endif
