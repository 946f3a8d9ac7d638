/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * filter.h - which page frames a dump keeps.
 */
#ifndef LIVEDUMP_FILTER_H
#define LIVEDUMP_FILTER_H

#include "core/result.h"
#include "core/source.h"

/*
 * Dump level: the sum of the bits of what is left out, as makedumpfile(8)
 * numbers them. LD_LEVEL_ZERO only concerns page frames full of zeros, which
 * are found while copying.
 */
#define LD_LEVEL_ZERO		1U
#define LD_LEVEL_CACHE		2U	/* page cache without private data */
#define LD_LEVEL_CACHE_PRIVATE	4U	/* all page cache */
#define LD_LEVEL_USER		8U
#define LD_LEVEL_FREE		16U
#define LD_LEVEL_MAX		31U

/* The type of a page frame with these page flags. */
enum ld_page_type ld_filter_type(u16 page_flags);

/* Whether a dump of this level keeps page frames of this type. */
bool ld_filter_keep(enum ld_page_type type, unsigned int level);

/*
 * How early a page frame is to be read when memory does not hold all that is
 * read ahead: 0 for what every other structure is found through, 1 for the
 * rest of the kernel's. LD_TIER_LATE is for what no structure depends on: it
 * is not read ahead.
 */
unsigned int ld_filter_tier(enum ld_page_type type);
#define LD_NR_TIERS		2U
#define LD_TIER_LATE		LD_NR_TIERS

#endif
