// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/mm.h>

/* x86-64: page tables of programs are on a list. */
bool probe(struct page *page, struct list_head *list);
bool probe(struct page *page, struct list_head *list)
{
	return page->pt_mm->owner && page->lru.next == list &&
	       atomic64_read(&page->pt_mm->context.tlb_gen);
}
