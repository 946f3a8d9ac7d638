/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * filter.h - decide which page frames a dump keeps.
 */
#ifndef LIVEDUMP_FILTER_H
#define LIVEDUMP_FILTER_H

#include "core/result.h"
#include "core/source.h"

/*
 * Dump level: the sum of the bits of what is left out, numbered as in
 * makedumpfile(8). LD_LEVEL_ZERO concerns only page frames full of zeros, which
 * are found while they are copied.
 */
#define LD_LEVEL_ZERO		1U
#define LD_LEVEL_CACHE		2U	/* page cache without private data */
#define LD_LEVEL_CACHE_PRIVATE	4U	/* all page cache */
#define LD_LEVEL_USER		8U
#define LD_LEVEL_FREE		16U
#define LD_LEVEL_MAX		31U
#define LD_LEVEL_PROGRAMS	(LD_LEVEL_CACHE | LD_LEVEL_CACHE_PRIVATE | LD_LEVEL_USER)

/* The page type of a page frame with these page flags. */
enum ld_page_type ld_filter_type(u16 page_flags);

/* Whether a dump of @level keeps page frames of @type. */
bool ld_filter_keep(enum ld_page_type type, unsigned int level);

/* Whether page frames of @type hold data of programs or of their files. */
bool ld_filter_is_program(enum ld_page_type type);

/*
 * The tier of a page type: the order in which page frames are read ahead if not
 * all fit into the page buffer. 0: the structures through which all others are
 * found. 1: the rest of the kernel. LD_TIER_LATE: no structure depends on it,
 * so it is not read ahead.
 */
unsigned int ld_filter_tier(enum ld_page_type type);
#define LD_NR_TIERS		2U
#define LD_TIER_LATE		LD_NR_TIERS

#endif
