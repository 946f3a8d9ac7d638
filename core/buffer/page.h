/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LIVEDUMP_PAGE_H
#define LIVEDUMP_PAGE_H

#include "port/port.h"

/* Whether a page, aligned to 8 bytes, is full of zeros. */
static inline bool ld_page_is_zero(const void *page, size_t size)
{
	const u64 *p = page, *end = p + size / sizeof(*p);

	/* Most pages that are not zero differ in their first words. */
	for (; p < end; p += 8)
		if (p[0] | p[1] | p[2] | p[3] | p[4] | p[5] | p[6] | p[7])
			return false;
	return true;
}

#endif
