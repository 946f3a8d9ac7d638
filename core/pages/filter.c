// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * filter.c - the page type follows from the page flags. The page type and the
 * dump level decide whether a page frame is kept.
 */
#include "filter.h"

struct type_row {
	u8 level;	/* dump level bits that drop it */
	bool never;	/* dropped at every level */
	u8 tier;
};

/*
 * Tier 0 has the structures through which a reader finds all others: page
 * tables, slab objects, the kernel image. Tier 1 has the memory that they point
 * to: stacks, per-CPU areas. User memory and free memory do not lead to any
 * kernel structure.
 */
static const struct type_row type_rows[LD_NR_TYPES] = {
	[LD_TYPE_ABSENT] = { 0, true, LD_TIER_LATE },
	[LD_TYPE_FREE] = { LD_LEVEL_FREE, false, LD_TIER_LATE },
	[LD_TYPE_USER] = { LD_LEVEL_USER, false, LD_TIER_LATE },
	[LD_TYPE_CACHE] = { LD_LEVEL_CACHE | LD_LEVEL_CACHE_PRIVATE, false,
			     LD_TIER_LATE },
	[LD_TYPE_CACHE_PRIVATE] = { LD_LEVEL_CACHE_PRIVATE, false,
				     LD_TIER_LATE },
	[LD_TYPE_PGTABLE] = { 0, false, 0 },
	[LD_TYPE_SLAB] = { 0, false, 0 },
	[LD_TYPE_RESERVED] = { 0, false, 0 },
	[LD_TYPE_KERNEL] = { 0, false, 1 },
};

enum ld_page_type ld_filter_type(u16 page_flags)
{
	if (page_flags & (LD_PAGE_ABSENT | LD_PAGE_POISON))
		return LD_TYPE_ABSENT;
	if (page_flags & LD_PAGE_FREE)
		return LD_TYPE_FREE;
	if (page_flags & LD_PAGE_SLAB)
		return LD_TYPE_SLAB;
	if (page_flags & LD_PAGE_PGTABLE)
		return LD_TYPE_PGTABLE;
	if (page_flags & LD_PAGE_USER)
		return LD_TYPE_USER;
	if (page_flags & LD_PAGE_CACHE)
		return page_flags & LD_PAGE_PRIVATE ? LD_TYPE_CACHE_PRIVATE : LD_TYPE_CACHE;
	if (page_flags & LD_PAGE_RESERVED)
		return LD_TYPE_RESERVED;
	return LD_TYPE_KERNEL;
}

bool ld_filter_keep(enum ld_page_type type, unsigned int level)
{
	return !type_rows[type].never && !(type_rows[type].level & level);
}

bool ld_filter_is_program(enum ld_page_type type)
{
	return type == LD_TYPE_USER || type == LD_TYPE_CACHE || type == LD_TYPE_CACHE_PRIVATE;
}

unsigned int ld_filter_tier(enum ld_page_type type)
{
	return type_rows[type].tier;
}
