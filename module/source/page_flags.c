// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * page_flags.c - finds out from the struct pages what page frames are used for.
 *
 * The struct pages may change at any time. So each is copied once, and the
 * kernel's own predicates are applied to the copy. A page in a compound page is
 * classified by the head; if the head has changed meanwhile, this is repeated.
 */
#include <linux/memory_hotplug.h>
#include <linux/mmzone.h>
#include <linux/uaccess.h>

#include "core/pages/zbud.h"
#include "core/pages/zfs.h"
#include "module/compat/compat.h"
#include "module/crew/own.h"
#include "page_flags.h"
#include "unaccepted.h"

/* The largest compound pages are those of hugetlb. */
#define COMPOUND_MAX	(1UL << (PUD_SHIFT - PAGE_SHIFT))

static void flags_copy_struct_page(struct page *to, const struct page *from)
{
	unsigned long *d = (unsigned long *)to;
	const unsigned long *s = (const unsigned long *)from;

	BUILD_BUG_ON(sizeof(*to) % sizeof(*d));
	for (unsigned int i = 0; i < sizeof(*to) / sizeof(*d); i++)
		d[i] = READ_ONCE(s[i]);
}

/* Whether @head can be the head of a compound page that contains @page. */
static bool flags_is_head_plausible(struct page *page, struct page *head)
{
	unsigned long pfn, head_pfn;

	if (head == page)
		return true;
	if (head > page || !IS_ALIGNED((unsigned long)head, __alignof__(*head)))
		return false;
	pfn = page_to_pfn(page);
	head_pfn = page_to_pfn(head);
	return pfn - head_pfn < COMPOUND_MAX && pfn_to_online_page(head_pfn) == head;
}

/*
 * Set *@page_flags and return true if the struct page alone tells what the page
 * is used for. @head is the copy of a page that is not a tail. If it is the head
 * of a compound page, @head[1] is the copy of the page after it.
 */
static bool flags_set_from_type(struct page *head, u16 *page_flags)
{
	unsigned long flags = livedump_page_flags(head);

	if (flags == (unsigned long)PAGE_POISON_PATTERN)
		*page_flags = LD_PAGE_ABSENT;	/* never initialized */
	else if (PageOffline(head) || livedump_page_unaccepted(head) || livedump_is_own(head))
		*page_flags = LD_PAGE_ABSENT;
	else if (PageBuddy(head))
		*page_flags = LD_PAGE_FREE;
	/* These types use the field of the mapping for something else. */
	else if (PageSlab(head))
		*page_flags = LD_PAGE_SLAB;
	else if (PageTable(head))
		*page_flags = LD_PAGE_PGTABLE;
	else if (PageHuge(head))
		*page_flags = LD_PAGE_USER | (flags & LIVEDUMP_POISON_FLAG ? LD_PAGE_POISON : 0);
	else if (livedump_page_zsmalloc(head))
		*page_flags = LD_PAGE_USER;
	else if (page_has_type(head))
		return false;
	else if (PageAnon(head))
		*page_flags = LD_PAGE_USER;
	/* With the last one: cut off its file before it was put on an LRU list. */
	else if (flags & (BIT(PG_lru) | BIT(PG_swapbacked) | BIT(PG_uptodate)))
		*page_flags = LD_PAGE_CACHE;
	else
		return false;
	return true;
}

static bool flags_is_list_pointer(const struct list_head *p, const struct list_head *self)
{
	return (unsigned long)p >= PAGE_OFFSET && IS_ALIGNED((unsigned long)p, sizeof(p)) &&
	       p != self;
}

/*
 * Whether @page, whose reference count is 0 and whose copy is @copy, is the first
 * page of a block on a free list. Removal from a list leaves poison in it.
 */
static bool flags_is_listed(const struct page *page, const struct page *copy)
{
	return flags_is_list_pointer(copy->lru.next, &page->lru) &&
	       flags_is_list_pointer(copy->lru.prev, &page->lru);
}

/*
 * Whether a page that does not tell its use by itself is on a per-CPU free list.
 *
 * In a block of several pages that is not a compound page, only the first page
 * has the reference count and the list pointers. In the other pages of a block
 * that was allocated without __GFP_COMP, or that is on such a list, both are
 * zero or stale. So the answer for the page before, *@in_free, holds for them.
 * Blocks are aligned to their size, and those on these lists are not larger
 * than a unit. So a block whose first page was in an earlier unit is in use.
 */
static bool flags_is_free(const struct page *page, const struct page *copy, bool *in_free)
{
	/* A page with a type may be in use although its reference count is 0. */
	if (livedump_page_ref_count(copy) || atomic_read(&copy->_mapcount) != -1)
		*in_free = false;
	else if (flags_is_listed(page, copy))
		*in_free = true;
	return *in_free;
}

#if IS_ENABLED(CONFIG_ZBUD)
static bool flags_read_memory(const struct ld_zbud_memory *memory, u64 addr, void *buf, size_t len)
{
	return !copy_from_kernel_nofault(buf, (const void *)(unsigned long)addr, len);
}

/* @page, of which @head is the copy, has no type, no mapping and is not free. */
static bool flags_is_zbud(const struct page *page, struct page *head)
{
	const struct ld_zbud_memory memory = {
		.start = PAGE_OFFSET,
		.end = (unsigned long)high_memory,
		.page_size = PAGE_SIZE,
		.read = flags_read_memory,
	};

	return page_ref_count(head) == 1 && atomic_read(&head->_mapcount) == -1 &&
	       !PageHead(head) && !PageReserved(head) && !page_private(head) &&
	       ld_is_zbud(&memory, (unsigned long)page_address(page));
}
#else
static bool flags_is_zbud(const struct page *page, struct page *head)
{
	return false;
}
#endif

/*
 * Whether @head, which has a mapping, is a page of a driver that a program has mapped.
 * Some drivers set the mapping then: perf does before 6.15, and some that trace and
 * draw. Nobody has read a file into such a page, while each page of the page cache that
 * is mapped has one of these flags.
 */
static bool flags_is_driver(struct page *head)
{
	const unsigned long of_files = BIT(PG_locked) | BIT(PG_uptodate) | BIT(PG_lru) |
				       BIT(PG_writeback) | BIT(PG_swapbacked) | BIT(PG_private);

	return atomic_read(&head->_mapcount) >= 0 && !PageHead(head) &&
	       !(livedump_page_flags(head) & of_files);
}

/* Whether @head, which is not free, is of ZFS's file cache. */
static bool flags_is_zfs(struct page *head)
{
	return livedump_page_flags(head) & BIT(PG_private) && !page_has_type(head) &&
	       page_private(head) == LD_ZFS_PRIVATE;
}

/* Classify @page, which is not a tail. For @head and @in_free see above. */
static u16 flags_classify_head(const struct page *page, struct page *head, bool *in_free)
{
	unsigned long flags = livedump_page_flags(head);
	unsigned long mapping = (unsigned long)READ_ONCE(head->mapping);
	u16 page_flags = 0;

	if (flags_set_from_type(head, &page_flags)) {
		*in_free = page_flags & LD_PAGE_FREE;
	} else if (flags_is_free(page, head, in_free)) {
		page_flags = LD_PAGE_FREE;
	} else if (!page_has_type(head) && mapping >= PAGE_OFFSET) {
		/* The kernel's movable pages belong to zsmalloc: compressed user memory. */
		page_flags = mapping & 3 ? LD_PAGE_USER :
			     flags_is_driver(head) ? 0 : LD_PAGE_CACHE;
	} else if (!mapping && flags_is_zfs(head)) {
		page_flags = LD_PAGE_CACHE;
	} else if (!mapping && flags_is_zbud(page, head)) {
		page_flags = LD_PAGE_USER;
	}
	if (page_flags & LD_PAGE_CACHE && flags & BIT(PG_private))
		page_flags |= LD_PAGE_PRIVATE;
	return page_flags ?: flags & BIT(PG_reserved) ? LD_PAGE_RESERVED : 0;
}

/* The head of the last compound page, and its page flags. */
struct last_head {
	const struct page *head;
	u16 page_flags;
};

static bool flags_is_poisoned(const struct page *page)
{
	return livedump_page_flags(page) & LIVEDUMP_POISON_FLAG;
}

static u16 flags_of_page(struct page *page, struct last_head *last, bool *in_free)
{
	struct page copy[2];

	if (flags_is_poisoned(page))
		return LD_PAGE_POISON;
	for (unsigned int tries = 0; tries < 4; tries++) {
		struct page *head = compound_head(page);

		if (head != page && head == last->head)
			return last->page_flags;
		if (!flags_is_head_plausible(page, head))
			continue;
		flags_copy_struct_page(&copy[0], head);
		if (PageTail(&copy[0]))
			continue;
		/* Of a page whose struct page is damaged there may be no page after it. */
		if (PageHead(&copy[0]) && IS_ALIGNED(page_to_pfn(head), 2))
			flags_copy_struct_page(&copy[1], head + 1);
		else
			memset(&copy[1], 0, sizeof(copy[1]));
		if (compound_head(page) != head)
			continue;
		last->head = head;
		last->page_flags = flags_classify_head(head, copy, in_free);
		return last->page_flags;
	}
	/* Split or merged at each try: it is being allocated or freed, or is user memory. */
	return LD_PAGE_USER;
}

/*
 * Free memory is in blocks, and only the first page of a block is marked as
 * free. If @page is such a page, returns the number of pages in the block, at
 * most @max. Otherwise returns 0.
 */
static unsigned int flags_free_block(struct page *page, unsigned int max)
{
	unsigned long order;

	if (!PageBuddy(page))
		return 0;
	/* The block may have been allocated since, and the word reused. */
	order = READ_ONCE(page->private);
	if (order > ilog2(MAX_ORDER_NR_PAGES) || !IS_ALIGNED(page_to_pfn(page), 1UL << order))
		return 1;
	return min_t(unsigned int, max, 1U << order);
}

/* How many pages from @pfn on, at most @max, are in a free block that begins before it. */
static unsigned int flags_free_before(u64 pfn, unsigned int max)
{
	for (u64 size = 2; size <= MAX_ORDER_NR_PAGES; size *= 2) {
		u64 first = round_down(pfn, size);
		struct page *page = first < pfn ? pfn_to_online_page(first) : NULL;
		u64 end = first + (page ? flags_free_block(page, size) : 0);

		if (end > pfn)
			return min_t(u64, max, end - pfn);
	}
	return 0;
}

static void flags_of_online(u64 pfn, unsigned int nr, u16 *page_flags)
{
	struct page *page = pfn_to_online_page(pfn);
	struct last_head last = {};
	unsigned int run = page ? flags_free_before(pfn, nr) : 0;
	bool in_free = false;

	if (!page) {
		for (unsigned int i = 0; i < nr; i++)
			page_flags[i] = LD_PAGE_ABSENT;
		return;
	}
	for (unsigned int i = 0; i < nr; i += run, run = 0) {
		if (!run)
			run = flags_free_block(page + i, nr - i);
		in_free |= run > 0;
		for (unsigned int k = 0; k < run; k++)
			page_flags[i + k] = flags_is_poisoned(page + i + k) ? LD_PAGE_POISON :
									LD_PAGE_FREE;
		if (!run) {
			page_flags[i] = flags_of_page(page + i, &last, &in_free);
			run = 1;
		}
	}
}

void livedump_page_flags_of(u64 pfn, unsigned int nr, u16 *page_flags)
{
	if (!livedump_unaccepted(pfn, nr)) {
		flags_of_online(pfn, nr, page_flags);
		return;
	}
	for (unsigned int i = 0; i < nr; i++)
		page_flags[i] = LD_PAGE_ABSENT;
}
