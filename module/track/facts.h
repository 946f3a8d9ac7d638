/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * facts.h - which page frames may be written to without the kernel's page tables
 * showing it.
 *
 *	mapped		programs have mapped it, too
 *	bare		it is the kernel's, and nothing says what for: drivers have the
 *			buffers there that devices write to, and whoever maps a page for
 *			a moment takes one of these. If it is not mapped outside of the
 *			direct map, and not one of the kernel's page tables, it is raw.
 */
#ifndef LIVEDUMP_TRACK_FACTS_H
#define LIVEDUMP_TRACK_FACTS_H

#include "core/pages/groups.h"
#include "module/tables/walk.h"

/* At most so many raw page frames are copied in the pause: 32 MiB, 3 ms or so. */
#define TRACK_RAW_MAX	8192U

/* Tests leave out a rule, to see that it is needed. */
#define TRACK_RULE_READ_ONLY	1U
#define TRACK_RULE_MAPPED	2U
#define TRACK_RULE_RAW		4U
#define TRACK_RULE_PATCHED	8U
#define TRACK_RULE_PREFLIGHT	16U	/* its writes are left out */
#ifdef CONFIG_LIVEDUMP_TWICE
extern unsigned int livedump_track_rules_off;
#define track_rule_is_off(rule)	(livedump_track_rules_off & (rule))
#else
#define track_rule_is_off(rule)	0
#endif

struct track_facts {
	struct ld_source *src;
	unsigned int level;
	struct ld_map kept;	/* the kernel's part of what the dump keeps */
	struct ld_map mapped;
	struct ld_map bare;
	u64 raw_end;		/* chunks from here on exceed TRACK_RAW_MAX */
};

/* Look at @chunk. In a pause nothing else changes it. Returns 0 or a negative errno. */
int track_facts_look(struct track_facts *facts, unsigned int worker, u64 chunk);

/*
 * Set the bits of page frames of @chunk that are to be copied whether they were
 * written to or not: in the pause, or, of those that are too many for it, before.
 */
void track_facts_always(const struct track_facts *facts, const struct track_maps *maps,
			u64 chunk, bool paused, u64 *frames);

/* Find raw_end. May schedule. */
void track_facts_budget(struct track_facts *facts, const struct track_maps *maps);

#endif
