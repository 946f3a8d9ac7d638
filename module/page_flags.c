// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * page_flags.c - what page frames are used for, as their struct pages say.
 *
 * Nothing holds the pages still. Each struct page is copied once and judged
 * by its copy, with the kernel's own predicates; a page that is part of a
 * compound one is judged by its head, and twice if it moved meanwhile.
 */
#include <linux/memory_hotplug.h>
#include <linux/mmzone.h>

#include "module/compat/compat.h"
#include "page_flags.h"
#include "port_kernel.h"

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

/* Whether @head may be the head of a compound page that @page is in. */
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
 * Set *@page_flags if @head, the copy of a page that is no tail, says by itself
 * what it is used for. If it is the head of a compound page, @head[1] is the
 * copy of the page after it.
 */
static bool flags_set_from_type(struct page *head, u16 *page_flags)
{
	unsigned long flags = livedump_page_flags(head);

	if (flags == (unsigned long)PAGE_POISON_PATTERN)
		*page_flags = LD_PAGE_ABSENT;	/* nobody ever set it up */
	else if (PageOffline(head) || livedump_page_unaccepted(head) || livedump_is_own(head))
		*page_flags = LD_PAGE_ABSENT;
	else if (PageBuddy(head))
		*page_flags = LD_PAGE_FREE;
	/* These use the fields that tell of a mapping for something else. */
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
	else if (flags & (BIT(PG_lru) | BIT(PG_swapbacked)))
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
 * Whether a page that nobody refers to, @copy of @page, is the first of a
 * block on a free list. Removal from a list leaves poison.
 */
static bool flags_is_listed(const struct page *page, const struct page *copy)
{
	return flags_is_list_pointer(copy->lru.next, &page->lru) &&
	       flags_is_list_pointer(copy->lru.prev, &page->lru);
}

/*
 * Whether a page that says nothing by itself is on a per-CPU free list.
 *
 * A block of several pages has its reference count and its place in a list in
 * the first one, unless it is a compound page. In the others of a block that
 * is allocated without __GFP_COMP, or is on such a list, both are zero or
 * stale, and what was said of the page before, @in_free, holds for them.
 * Blocks are aligned to their size and those on these lists are no larger than
 * a unit, so one whose first page was in an earlier unit is in use.
 */
static bool flags_is_free(const struct page *page, const struct page *copy, bool *in_free)
{
	/* A page with a type may have no references and be in use all the same. */
	if (page_ref_count(copy) || atomic_read(&copy->_mapcount) != -1)
		*in_free = false;
	else if (flags_is_listed(page, copy))
		*in_free = true;
	return *in_free;
}

/* Of @page, which is no tail: for @head and @in_free see above. */
static u16 flags_judge_head(const struct page *page, struct page *head, bool *in_free)
{
	unsigned long flags = livedump_page_flags(head);
	unsigned long mapping = (unsigned long)READ_ONCE(head->mapping);
	u16 page_flags = 0;

	if (flags_set_from_type(head, &page_flags)) {
		*in_free = page_flags & LD_PAGE_FREE;
	} else if (flags_is_free(page, head, in_free)) {
		page_flags = LD_PAGE_FREE;
	} else if (!page_has_type(head) && mapping >= PAGE_OFFSET) {
		/* Movable pages of the kernel are zsmalloc's: compressed user memory. */
		page_flags = mapping & 3 ? LD_PAGE_USER : LD_PAGE_CACHE;
	}
	if (page_flags & LD_PAGE_CACHE && flags & BIT(PG_private))
		page_flags |= LD_PAGE_PRIVATE;
	return page_flags ?: flags & BIT(PG_reserved) ? LD_PAGE_RESERVED : 0;
}

/* Where a page is in a compound page, and what that one was found to be. */
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
		if (PageHead(&copy[0]))
			flags_copy_struct_page(&copy[1], head + 1);
		if (compound_head(page) != head)
			continue;
		last->head = head;
		last->page_flags = flags_judge_head(head, copy, in_free);
		return last->page_flags;
	}
	/* Split and merged while looked at, so it is the page allocator's or the user's. */
	return LD_PAGE_USER;
}

/*
 * Free memory is in blocks, of which only the first page says so. If it is
 * one, returns how many pages of it there are, @max at most; else 0.
 */
static unsigned int flags_free_block(struct page *page, unsigned int max)
{
	unsigned long order;

	if (!PageBuddy(page))
		return 0;
	/* It may have been taken since, and the word used for something else. */
	order = READ_ONCE(page->private);
	if (order > ilog2(MAX_ORDER_NR_PAGES) || !IS_ALIGNED(page_to_pfn(page), 1UL << order))
		return 1;
	return min_t(unsigned int, max, 1U << order);
}

/* How many pages from @pfn on, @max at most, are in a block that begins before. */
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

/* Unaccepted memory comes in the largest blocks of the page allocator. */
bool livedump_unaccepted(u64 pfn)
{
	struct page *page = pfn_to_online_page(round_down(pfn, MAX_ORDER_NR_PAGES));

	return page && livedump_page_unaccepted(page);
}

void livedump_page_flags_of(u64 pfn, unsigned int nr, u16 *page_flags)
{
	if (!livedump_unaccepted(pfn)) {
		flags_of_online(pfn, nr, page_flags);
		return;
	}
	for (unsigned int i = 0; i < nr; i++)
		page_flags[i] = LD_PAGE_ABSENT;
}
