/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * page_flags.h - finds out what page frames are used for.
 */
#ifndef LIVEDUMP_PAGE_FLAGS_H
#define LIVEDUMP_PAGE_FLAGS_H

#include <linux/mm.h>

#include "core/source.h"

/*
 * The unit in which page frames have a struct page and a direct map. A memory
 * section goes online and offline as a whole, but parts of it may not exist.
 */
#ifdef PAGES_PER_SUBSECTION
#define ONLINE_UNIT	PAGES_PER_SUBSECTION
#else
#define ONLINE_UNIT	1
#endif

#ifdef CONFIG_MEMORY_FAILURE
#define LIVEDUMP_POISON_FLAG	BIT(PG_hwpoison)
#else
#define LIVEDUMP_POISON_FLAG	0UL
#endif

/*
 * Set @page_flags to the page flags (LD_PAGE_ bits) of page frames
 * @pfn .. @pfn + @nr - 1, which are in one ONLINE_UNIT. The caller keeps memory
 * from going offline, see livedump_hold_memory().
 */
void livedump_page_flags_of(u64 pfn, unsigned int nr, u16 *page_flags);

#endif
