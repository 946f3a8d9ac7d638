// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * filter.c - facts about a page frame become its class, and class and dump
 * level become keep or drop.
 */
#include "filter.h"

struct class_row {
	const char *name;
	u8 level;	/* dump level bits that drop it */
	bool never;	/* dropped at every level */
	u8 tier;
};

/*
 * Tier 0 is what a reader walks to get anywhere (page tables, slab objects,
 * the kernel image), tier 1 what hangs off it (stacks, per-CPU areas).
 * Nothing leads from the memory of users and from free memory to the kernel's.
 */
static const struct class_row rows[LD_NR_CLASSES] = {
	[LD_CLASS_ABSENT] = { "absent", 0, true, LD_TIER_LATE },
	[LD_CLASS_FREE] = { "free", LD_LEVEL_FREE, false, LD_TIER_LATE },
	[LD_CLASS_USER] = { "user", LD_LEVEL_USER, false, LD_TIER_LATE },
	[LD_CLASS_CACHE] = { "cache", LD_LEVEL_CACHE | LD_LEVEL_CACHE_PRIVATE, false,
			     LD_TIER_LATE },
	[LD_CLASS_CACHE_PRIVATE] = { "cache-private", LD_LEVEL_CACHE_PRIVATE, false,
				     LD_TIER_LATE },
	[LD_CLASS_PGTABLE] = { "page-table", 0, false, 0 },
	[LD_CLASS_SLAB] = { "slab", 0, false, 0 },
	[LD_CLASS_RESERVED] = { "reserved", 0, false, 0 },
	[LD_CLASS_KERNEL] = { "kernel", 0, false, 1 },
};

enum ld_class ld_filter_class(u16 facts)
{
	if (facts & (LD_FACT_ABSENT | LD_FACT_POISON))
		return LD_CLASS_ABSENT;
	if (facts & LD_FACT_FREE)
		return LD_CLASS_FREE;
	if (facts & LD_FACT_SLAB)
		return LD_CLASS_SLAB;
	if (facts & LD_FACT_PGTABLE)
		return LD_CLASS_PGTABLE;
	if (facts & LD_FACT_USER)
		return LD_CLASS_USER;
	if (facts & LD_FACT_CACHE)
		return facts & LD_FACT_PRIVATE ? LD_CLASS_CACHE_PRIVATE : LD_CLASS_CACHE;
	if (facts & LD_FACT_RESERVED)
		return LD_CLASS_RESERVED;
	return LD_CLASS_KERNEL;
}

bool ld_filter_keep(enum ld_class cls, unsigned int level)
{
	return !rows[cls].never && !(rows[cls].level & level);
}

unsigned int ld_filter_tier(enum ld_class cls)
{
	return rows[cls].tier;
}

const char *ld_class_name(enum ld_class cls)
{
	return rows[cls].name;
}
