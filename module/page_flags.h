/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * page_flags.h - what page frames are used for.
 */
#ifndef LIVEDUMP_PAGE_FLAGS_H
#define LIVEDUMP_PAGE_FLAGS_H

#include <linux/mm.h>

#include "core/source.h"

/* Sections go on and off as a whole, and parts of them are never there. */
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
 * The page flags (LD_PAGE_ bits) of page frames @pfn .. @pfn + @nr - 1, which are
 * in one ONLINE_UNIT. Memory must not go offline meanwhile.
 */
void livedump_page_flags_of(u64 pfn, unsigned int nr, u16 *page_flags);

/* Whether the hypervisor has not handed over @pfn yet: reading it is fatal. */
bool livedump_unaccepted(u64 pfn);

#endif
