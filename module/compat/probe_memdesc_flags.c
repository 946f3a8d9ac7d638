// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/mm_types.h>

unsigned long probe(const struct page *page);
unsigned long probe(const struct page *page)
{
	return page->flags.f;
}
