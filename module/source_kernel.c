// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * source_kernel.c - the memory source of the module: the kernel's own memory
 * and its struct pages.
 *
 * Nothing holds the pages still. Each struct page is copied once and judged
 * by its copy, with the kernel's own predicates; a page that is part of a
 * compound one is judged by its head, and twice if it moved meanwhile.
 *
 * Memory hot-unplug: a struct page and the direct map of a page frame may go
 * once its section is offline. They are only touched inside of an SRCU
 * section, after pfn_to_online_page() has found the section online; and the
 * notifier, which comes after it was taken offline and before anything goes,
 * waits for those sections.
 */
#include <linux/ioport.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/uaccess.h>

#include "../core/bitmap.h"
#include "compat/compat.h"
#include "livedump.h"

DEFINE_STATIC_SRCU(touching);

struct kernel_source {
	struct ld_source src;
	struct ld_range *ranges;
	unsigned int room;	/* of ranges; 0: only count */
	void *notes;
	bool survives_mc;	/* see copy_survives_mc() */
	const port_atomic64_t *cancel;
};

/* Sections go on and off as a whole, and parts of them are never there. */
#ifdef PAGES_PER_SUBSECTION
#define ONLINE_UNIT	PAGES_PER_SUBSECTION
#else
#define ONLINE_UNIT	1
#endif

/* The largest compound pages are those of hugetlb. */
#define COMPOUND_MAX	(1UL << (PUD_SHIFT - PAGE_SHIFT))

#ifdef CONFIG_MEMORY_FAILURE
#define POISON_FLAG	BIT(PG_hwpoison)
#else
#define POISON_FLAG	0UL
#endif

static void snapshot(struct page *to, const struct page *from)
{
	unsigned long *d = (unsigned long *)to;
	const unsigned long *s = (const unsigned long *)from;

	BUILD_BUG_ON(sizeof(*to) % sizeof(*d));
	for (unsigned int i = 0; i < sizeof(*to) / sizeof(*d); i++)
		d[i] = READ_ONCE(s[i]);
}

/* Whether @head may be the head of a compound page that @page is in. */
static bool plausible(struct page *page, struct page *head)
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
 * What @head, the copy of a page that is no tail, says by itself: whether it
 * has a class. If it is the head of a compound page, @head[1] is the copy of
 * the page after it.
 */
static bool has_class(struct page *head, u16 *facts)
{
	unsigned long flags = livedump_page_flags(head);

	if (flags == (unsigned long)PAGE_POISON_PATTERN)
		*facts = LD_FACT_ABSENT;	/* nobody ever set it up */
	else if (PageOffline(head) || livedump_page_unaccepted(head))
		*facts = LD_FACT_ABSENT;
	else if (PageBuddy(head) || livedump_is_own(head))
		*facts = LD_FACT_FREE;
	/* These use the fields that tell of a mapping for something else. */
	else if (PageSlab(head))
		*facts = LD_FACT_SLAB;
	else if (PageTable(head))
		*facts = LD_FACT_PGTABLE;
	else if (PageHuge(head))
		*facts = LD_FACT_USER | (flags & POISON_FLAG ? LD_FACT_POISON : 0);
	else if (livedump_page_zsmalloc(head))
		*facts = LD_FACT_USER;
	else if (page_has_type(head))
		return false;
	else if (PageAnon(head))
		*facts = LD_FACT_USER;
	else if (flags & (BIT(PG_lru) | BIT(PG_swapbacked)))
		*facts = LD_FACT_CACHE;
	else
		return false;
	return true;
}

static bool is_list_pointer(const struct list_head *p, const struct list_head *self)
{
	return (unsigned long)p >= PAGE_OFFSET && IS_ALIGNED((unsigned long)p, sizeof(p)) &&
	       p != self;
}

/*
 * Whether a page that nobody refers to, @copy of @page, is the first of a
 * block on a free list. Removal from a list leaves poison.
 */
static bool is_listed(const struct page *page, const struct page *copy)
{
	return is_list_pointer(copy->lru.next, &page->lru) &&
	       is_list_pointer(copy->lru.prev, &page->lru);
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
static bool is_free(const struct page *page, const struct page *copy, bool *in_free)
{
	/* A page with a type may have no references and be in use all the same. */
	if (page_ref_count(copy) || atomic_read(&copy->_mapcount) != -1)
		*in_free = false;
	else if (is_listed(page, copy))
		*in_free = true;
	return *in_free;
}

/* Of @page, which is no tail: for @head and @in_free see above. */
static u16 judge(const struct page *page, struct page *head, bool *in_free)
{
	unsigned long flags = livedump_page_flags(head);
	unsigned long mapping = (unsigned long)READ_ONCE(head->mapping);
	u16 facts = 0;

	if (has_class(head, &facts)) {
		*in_free = facts & LD_FACT_FREE;
	} else if (is_free(page, head, in_free)) {
		facts = LD_FACT_FREE;
	} else if (!page_has_type(head) && mapping >= PAGE_OFFSET) {
		/* Movable pages of the kernel are zsmalloc's: compressed user memory. */
		facts = mapping & 3 ? LD_FACT_USER : LD_FACT_CACHE;
	}
	if (facts & LD_FACT_CACHE && flags & BIT(PG_private))
		facts |= LD_FACT_PRIVATE;
	return facts ?: flags & BIT(PG_reserved) ? LD_FACT_RESERVED : 0;
}

/* Where a page is in a compound page, and what that one was found to be. */
struct last_head {
	const struct page *head;
	u16 facts;
};

static u16 page_facts(struct page *page, struct last_head *last, bool *in_free)
{
	struct page copy[2];

	if (livedump_page_flags(page) & POISON_FLAG)
		return LD_FACT_POISON;
	for (unsigned int tries = 0; tries < 4; tries++) {
		struct page *head = compound_head(page);

		if (head != page && head == last->head)
			return last->facts;
		if (!plausible(page, head))
			continue;
		snapshot(&copy[0], head);
		if (PageTail(&copy[0]))
			continue;
		if (PageHead(&copy[0]))
			snapshot(&copy[1], head + 1);
		if (compound_head(page) != head)
			continue;
		last->head = head;
		last->facts = judge(head, copy, in_free);
		return last->facts;
	}
	/* Split and merged while looked at, so it is the page allocator's or the user's. */
	return LD_FACT_USER;
}

/*
 * Free memory is in blocks, of which only the first page says so. If it is
 * one, returns how many pages of it there are, @max at most; else 0.
 */
static unsigned int free_block(struct page *page, unsigned int max)
{
	unsigned long order;

	if (!PageBuddy(page))
		return 0;
	order = READ_ONCE(page->private);
	if (order >= ilog2(COMPOUND_MAX))
		return 1;
	return min_t(unsigned int, max, 1U << order);
}

/* How many pages from @pfn on, @max at most, are in a block that begins before. */
static unsigned int free_before(u64 pfn, unsigned int max)
{
	for (u64 size = 2; size <= MAX_ORDER_NR_PAGES; size *= 2) {
		u64 first = round_down(pfn, size);
		struct page *page = first < pfn ? pfn_to_online_page(first) : NULL;
		u64 end = first + (page ? free_block(page, size) : 0);

		if (end > pfn)
			return min_t(u64, max, end - pfn);
	}
	return 0;
}

static void facts_of_unit(u64 pfn, unsigned int nr, u16 *facts)
{
	struct page *page = pfn_to_online_page(pfn);
	struct last_head last = {};
	unsigned int run = page ? free_before(pfn, nr) : 0;
	bool in_free = false;

	if (!page) {
		for (unsigned int i = 0; i < nr; i++)
			facts[i] = LD_FACT_ABSENT;
		return;
	}
	for (unsigned int i = 0; i < nr; i += run, run = 0) {
		if (!run)
			run = free_block(page + i, nr - i);
		in_free |= run > 0;
		for (unsigned int k = 0; k < run; k++)
			facts[i + k] = livedump_page_flags(page + i + k) & POISON_FLAG ?
				       LD_FACT_POISON : LD_FACT_FREE;
		if (!run) {
			facts[i] = page_facts(page + i, &last, &in_free);
			run = 1;
		}
	}
}

/* Unaccepted memory comes in the largest blocks of the page allocator. */
static bool unaccepted(u64 pfn)
{
	struct page *page = pfn_to_online_page(round_down(pfn, MAX_ORDER_NR_PAGES));

	return page && livedump_page_unaccepted(page);
}

static unsigned int unit_length(u64 pfn, unsigned int nr)
{
	return min_t(u64, nr, round_down(pfn, ONLINE_UNIT) + ONLINE_UNIT - pfn);
}

static int kernel_facts(struct ld_source *src, unsigned int worker, u64 pfn,
			unsigned int nr, u16 *facts)
{
	unsigned int run;
	int idx;

	for (unsigned int i = 0; i < nr; i += run) {
		run = unit_length(pfn + i, nr - i);
		idx = srcu_read_lock(&touching);
		if (unaccepted(pfn + i))
			for (unsigned int k = 0; k < run; k++)
				facts[i + k] = LD_FACT_ABSENT;
		else
			facts_of_unit(pfn + i, run, facts + i);
		srcu_read_unlock(&touching, idx);
		cond_resched();
	}
	return 0;
}

/*
 * A page may be unmapped (secret memory, debugging), or have a memory error
 * that nobody has met yet. copy_mc_to_kernel() survives both where the
 * processor has what it needs for it; elsewhere it survives neither. It is no
 * use on an emulated processor, which takes its instructions a byte at a time.
 */
#if defined(CONFIG_ARCH_HAS_COPY_MC) && defined(CONFIG_X86_64)
static bool copy_survives_mc(void)
{
	return boot_cpu_has(X86_FEATURE_ERMS) && !livedump_on_tcg();
}

static bool copy_mc(void *to, const void *from)
{
	return !copy_mc_to_kernel(to, from, PAGE_SIZE);
}
#else
static bool copy_survives_mc(void)
{
	return false;
}

static bool copy_mc(void *to, const void *from)
{
	return false;
}
#endif

static bool copy_frame(const struct kernel_source *ks, void *to, const void *from)
{
	if (ks->survives_mc)
		return copy_mc(to, from);
	return !copy_from_kernel_nofault(to, from, PAGE_SIZE);
}

static bool touchable(struct page *page)
{
	return !(livedump_page_flags(page) & POISON_FLAG) && !PageOffline(page);
}

/* All in one unit. Returns 0, or the negative errno of a cancel. */
static int read_unit(struct kernel_source *ks, u64 pfn, unsigned int nr, void *buf,
		     u64 *bad, unsigned int bit)
{
	struct page *page = unaccepted(pfn) ? NULL : pfn_to_online_page(pfn);

	for (unsigned int i = 0; i < nr; i++) {
		s64 cancel = port_atomic64_read(ks->cancel);

		if (cancel)
			return -(int)cancel;
		if (!page || !touchable(page + i) ||
		    !copy_frame(ks, buf + ((size_t)i << PAGE_SHIFT), page_address(page + i)))
			ld_bit_set(bad, bit + i);
		cond_resched();
	}
	return 0;
}

static int kernel_read_frames(struct ld_source *src, unsigned int worker, u64 pfn,
			      unsigned int nr, void *buf, u64 *bad)
{
	struct kernel_source *ks = container_of(src, struct kernel_source, src);
	unsigned int run;
	int err, idx;

	for (unsigned int i = 0; i < nr; i += run) {
		run = unit_length(pfn + i, nr - i);
		idx = srcu_read_lock(&touching);
		err = read_unit(ks, pfn + i, run, buf + ((size_t)i << PAGE_SHIFT), bad, i);
		srcu_read_unlock(&touching, idx);
		if (err)
			return err;
	}
	return 0;
}

static const struct ld_source_ops kernel_ops = {
	.name = "kernel",
	.facts = kernel_facts,
	.read = kernel_read_frames,
};

/* Ascending, as the resource tree is; ranges that touch become one. */
static int add_ram_range(struct kernel_source *ks, u64 start, u64 end)
{
	struct ld_source *src = &ks->src;

	if (start >= end)
		return 0;
	if (ks->room) {
		struct ld_range *last = src->nr_ranges ? &ks->ranges[src->nr_ranges - 1] : NULL;

		if (last && last->end == start) {
			last->end = end;
			return 0;
		}
		if (src->nr_ranges == ks->room)
			return -EAGAIN;	/* memory was plugged in meanwhile */
		ks->ranges[src->nr_ranges].start = start;
		ks->ranges[src->nr_ranges].end = end;
	}
	src->nr_ranges++;
	return 0;
}

/* What is left of a range of RAM once the crash kernel's is taken out. */
struct ram_rest {
	struct kernel_source *ks;
	u64 start;
	u64 end;
};

static int without_crash_kernel(struct resource *res, void *arg)
{
	struct ram_rest *rest = arg;
	u64 start = res->start >> PAGE_SHIFT, end = (res->end >> PAGE_SHIFT) + 1;
	int err;

	if (end <= rest->start || start >= rest->end)
		return 0;
	err = add_ram_range(rest->ks, rest->start, start);
	rest->start = end;
	return err;
}

static int add_ram(struct resource *res, void *arg)
{
	struct ram_rest rest = {
		.ks = arg,
		.start = (res->start + PAGE_SIZE - 1) >> PAGE_SHIFT,
		.end = (res->end + 1) >> PAGE_SHIFT,
	};
	int err;

	err = walk_iomem_res_desc(IORES_DESC_CRASH_KERNEL, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
				  res->start, res->end, &rest, without_crash_kernel);
	if (err < 0 && err != -EINVAL)
		return err;
	return add_ram_range(rest.ks, rest.start, rest.end);
}

static int walk_ram(struct kernel_source *ks)
{
	ks->src.nr_ranges = 0;
	return walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
				   0, -1, ks, add_ram);
}

static int get_ranges(struct kernel_source *ks)
{
	struct ld_source *src = &ks->src;
	int err;

	do {
		kvfree(ks->ranges);
		ks->ranges = NULL;
		ks->room = 0;
		err = walk_ram(ks);
		if (err)
			return err;
		ks->room = src->nr_ranges;
		ks->ranges = kvcalloc(ks->room, sizeof(*ks->ranges), GFP_KERNEL);
		if (!ks->ranges)
			return -ENOMEM;
		err = walk_ram(ks);
	} while (err == -EAGAIN);
	if (err)
		return err;
	if (!src->nr_ranges)
		return -EOPNOTSUPP;
	src->ranges = ks->ranges;
	src->max_pfn = ks->ranges[src->nr_ranges - 1].end;
	return 0;
}

int livedump_source_open(struct ld_source **src, const port_atomic64_t *cancel)
{
	struct kernel_source *ks;
	int err;

	ks = kzalloc(sizeof(*ks), GFP_KERNEL);
	if (!ks)
		return -ENOMEM;
	ks->src.ops = &kernel_ops;
	ks->src.page_shift = PAGE_SHIFT;
	ks->cancel = cancel;
	ks->survives_mc = copy_survives_mc();
	err = get_ranges(ks);
	if (!err)
		err = livedump_system_get(&ks->src.system, &ks->notes);
	if (err) {
		livedump_source_close(&ks->src);
		return err;
	}
	*src = &ks->src;
	return 0;
}

void livedump_source_close(struct ld_source *src)
{
	struct kernel_source *ks = container_of(src, struct kernel_source, src);

	kvfree(ks->notes);
	kvfree(ks->ranges);
	kfree(ks);
}

static int memory_changed(struct notifier_block *nb, unsigned long action, void *arg)
{
	if (action == MEM_OFFLINE)
		synchronize_srcu(&touching);
	return NOTIFY_OK;
}

static struct notifier_block memory_notifier = {
	.notifier_call = memory_changed,
};

int livedump_source_init(void)
{
	return register_memory_notifier(&memory_notifier);
}

void livedump_source_exit(void)
{
	unregister_memory_notifier(&memory_notifier);
}
