/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kcore_pages.h - read page flags in user space: from /proc/kpageflags and, for
 * page frames whose page type it does not tell, from the struct pages in
 * /proc/kcore.
 */
#ifndef LIVEDUMP_KCORE_PAGES_H
#define LIVEDUMP_KCORE_PAGES_H

#include "core/source.h"
#include "savecore/kcore/kcore_elf.h"

#define STRUCT_PAGE_MAX	256U	/* bytes; so far kernels have had 56 to 80 */
#define NO_FIELD	UINT32_MAX

/* How to recognize compressed user memory, besides the movable pages. */
struct kcore_pools {
	u32 zsmalloc;		/* highest byte of the page type; 0: not known */
	u64 direct_start;	/* the direct map; 0: do not look for zbud's pages */
	u64 direct_end;
};

/* Where the struct pages are, and the offsets of their fields, from VMCOREINFO. */
struct kcore_pages {
	u64 vmemmap;		/* virtual address of the struct page of pfn 0 */
	u64 kernel_addr_min;	/* lowest value of a pointer to kernel memory */
	u32 size;		/* of a struct page, bytes; 0: use kpageflags alone */
	u32 refcount;		/* this and the following are offsets in bytes */
	u32 mapcount;		/* also the page type, -1 for none */
	u32 compound_head;	/* in a tail page: 1 + the head's address, or 1 + a mask */
	u32 lru;
	u32 mapping;		/* NO_FIELD if the kernel has none */
	u32 private;		/* NO_FIELD if not known */
	struct kcore_pools pools;

	/* Set by kcore_guest_find_unaccepted(), zero if all memory is accepted. */
	u32 unaccepted;		/* the page type of a block that is not accepted */
	u32 block;		/* page frames in such a block, a power of two */
};

/* The files and buffers of one worker, which no other worker uses. */
struct kcore_worker {
	int kcore;		/* this and kpageflags: opened for this worker alone */
	int kpageflags;		/* -1: dump without page flags */
	u64 flags[LD_CHUNK];
	u8 *pages;		/* struct pages of a chunk, LD_CHUNK * size bytes */
	bool memory_read;	/* the last page flags needed struct pages, not kpageflags alone */
};

/*
 * Find the struct pages. @pfn may be any page frame of RAM. Returns 0, or a
 * negative errno with @err set.
 */
int kcore_pages_find(struct kcore_pages *pages, const struct kcore_elf *elf, int fd, u64 pfn,
		     struct error *err);

/* The same as page_flags() of struct ld_source_ops. */
int kcore_page_flags(const struct kcore_pages *pages, const struct kcore_elf *elf,
		     struct kcore_worker *w, u64 pfn, unsigned int nr, u16 *page_flags);

#endif
