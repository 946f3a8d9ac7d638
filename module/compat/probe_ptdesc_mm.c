// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/mm.h>

/* x86-64: page tables of programs are on a list. */
bool probe(struct page *page, struct list_head *list);
bool probe(struct page *page, struct list_head *list)
{
	struct ptdesc *ptdesc = page_ptdesc(page);

	return ptdesc->pt_mm->owner && ptdesc->pt_list.next == list &&
	       atomic64_read(&ptdesc->pt_mm->context.tlb_gen);
}
