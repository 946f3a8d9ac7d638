/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tables.h - compares the kernel's page tables at two moments, but for accessed and
 * dirty bits. written.c includes it.
 */
#ifndef WRITTEN_TABLES_H
#define WRITTEN_TABLES_H

#include <linux/kfence.h>
#include <linux/mm.h>
#include <linux/stop_machine.h>
#include <linux/vmalloc.h>

static struct ld_source *src;

static u64 *before;		/* the page tables, see tables_collect() */
static u64 nr_before;

/*
 * The direct map, the array of struct pages, and the kernel's image: nobody else changes
 * these, but for KFENCE, which has a page table of its own.
 */
struct tables {
	u64 *entries;		/* NULL: only count */
	u64 nr;
	u64 clean;		/* writable, but not dirty */
};

static bool tables_skip(u64 at, u64 span)
{
	return !(at + span > PAGE_OFFSET && at < PAGE_OFFSET + (src->max_pfn << PAGE_SHIFT)) &&
	       !(at + span > VMEMMAP_START && at < (u64)(vmemmap + src->max_pfn)) &&
	       !(at + (span - 1) >= __START_KERNEL_map && at < __START_KERNEL_map + SZ_512M);
}

/*
 * Is an entry writable, but not dirty? The kernel leaves entries like this where a
 * module was: they were not present for a while, and lost their global bit as well. If
 * no entry is global (PTI), the two cannot be told apart, and all of them count.
 */
static bool tables_clean(u64 entry)
{
	if (!(entry & _PAGE_RW) || entry & _PAGE_DIRTY)
		return false;
	return entry & _PAGE_GLOBAL || !(__default_kernel_pte_mask & _PAGE_GLOBAL);
}

static void tables_walk(struct tables *t, u64 *table, unsigned int level, u64 at)
{
	u64 span = 1ULL << (12 + (level - 1) * 9);
	unsigned int top = pgtable_l5_enabled() ? 5 : 4;

	for (unsigned int i = level == top ? 256 : 0; i < 512; i++) {
		u64 entry = READ_ONCE(table[i]);
		bool leaf = level == 1 || (entry & _PAGE_PSE && level <= 3);

		if (!entry || tables_skip(at + i * span, span) ||
		    (level == 1 && is_kfence_address((void *)(at + i * span))))
			continue;
		if (t->entries && t->nr < nr_before)
			t->entries[t->nr] = entry & ~(_PAGE_ACCESSED | _PAGE_DIRTY);
		t->nr++;
		if (entry & _PAGE_PRESENT && leaf)
			t->clean += tables_clean(entry);
		else if (entry & _PAGE_PRESENT)
			tables_walk(t, __va(entry & PTE_PFN_MASK), level - 1, at + i * span);
	}
}

static int tables_collect(void *arg)
{
	unsigned int top = pgtable_l5_enabled() ? 5 : 4;

	tables_walk(arg, __va(read_cr3_pa()), top, 0 - (1ULL << (12 + top * 9)));
	return 0;
}

static int tables_before(void)
{
	struct tables t = {};

	stop_machine(tables_collect, &t, NULL);
	/* This allocation adds to other tables only. */
	nr_before = t.nr + 4096;
	before = vzalloc(nr_before * sizeof(u64));
	if (!before)
		return -ENOMEM;
	t = (struct tables){ .entries = before };
	stop_machine(tables_collect, &t, NULL);
	pr_info("tables: %llu entries, %llu not dirty\n", t.nr, t.clean);
	return 0;
}

static int tables_after(void)
{
	u64 *after = vzalloc(nr_before * sizeof(u64)), differ = 0;
	struct tables t = { .entries = after };

	if (!after)
		return -ENOMEM;
	stop_machine(tables_collect, &t, NULL);
	for (u64 i = 0; i < nr_before; i++)
		differ += before[i] != after[i];
	pr_info("tables: %llu entries differ, %llu not dirty\n", differ, t.clean);
	vfree(after);
	return 0;
}

#endif
