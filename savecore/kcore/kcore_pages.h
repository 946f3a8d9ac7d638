/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kcore_page_flags.h - what page frames are used for, as seen from user space:
 * from /proc/kpageflags and, where that says nothing, from the struct pages
 * in /proc/kcore.
 */
#ifndef LIVEDUMP_KCORE_PAGES_H
#define LIVEDUMP_KCORE_PAGES_H

#include "core/source.h"
#include "kcore_elf.h"

#define STRUCT_PAGE_MAX	256U	/* bytes; it has had 56 to 80 so far */
#define NO_FIELD	UINT32_MAX

/* Where struct pages are and what is where in one, from VMCOREINFO. */
struct kcore_pages {
	u64 vmemmap;		/* virtual address of pfn 0's */
	u64 kernel_addr_min;	/* no pointer to kernel memory is below */
	u32 size;		/* 0: not known, kpageflags must do */
	u32 refcount;		/* offsets in bytes */
	u32 mapcount;		/* also the page type, -1 for none */
	u32 compound_head;	/* in a tail's: the head's address, or a mask; + 1 */
	u32 lru;
	u32 mapping;		/* NO_FIELD if the kernel has none */
};

/* What one worker needs; nothing of it is shared. */
struct kcore_worker {
	int kcore;		/* file descriptions of its own */
	int kpageflags;		/* -1: dump without page flags */
	u64 flags[LD_CHUNK];
	u8 *pages;		/* struct pages of a chunk, LD_CHUNK * size bytes */
};

/*
 * Find the struct pages. @pfn is any page frame of RAM. Returns 0, or a
 * negative errno with @err set.
 */
int kcore_pages_find(struct kcore_pages *pages, const struct kcore_elf *elf, int fd, u64 pfn,
		     struct error *err);

/* As the source's page_flags(). */
int kcore_page_flags(const struct kcore_pages *pages, const struct kcore_elf *elf,
		     struct kcore_worker *w, u64 pfn, unsigned int nr, u16 *page_flags);

#endif
