// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/mm.h>

int probe(const struct page *page);
int probe(const struct page *page)
{
	return PageZsmalloc(page);
}
