/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * facts.h - finds page frames that may be written without setting dirty bits in the
 * kernel's page tables.
 *
 *	mapped		programs have mapped the page frame, too
 *	bare		the kernel owns the page frame, with no known use. Drivers take
 *			such page frames for buffers that devices write, and for short
 *			mappings. A bare page frame that is mapped only in the direct
 *			map and is not one of the kernel's page tables is raw.
 *	devices		a device was seen to write the page frame, or one near it. If
 *			there is an IOMMU, drivers map their rings as vmalloc() maps
 *			memory, so these are not raw, and only comparing finds them.
 */
#ifndef LIVEDUMP_TRACK_FACTS_H
#define LIVEDUMP_TRACK_FACTS_H

#include "core/pages/groups.h"
#include "module/tables/walk.h"

/* The most raw page frames that the pause copies: 32 MiB, which takes about 3 ms. */
#define TRACK_RAW_MAX	8192U

/* The most page frames that the pause copies because a processor has used them: 8 MiB. */
#define TRACK_USED_MAX	2048U

/*
 * Rings have several page frames, which devices write one after the other. Most are in one
 * aligned block of 64 KiB: if a device writes one, all in doubt of its block count.
 */
#define TRACK_DEVICE_BLOCK	16U

/* Tests disable a rule to show that it is needed. */
#define TRACK_RULE_READ_ONLY	1U
#define TRACK_RULE_MAPPED	2U
#define TRACK_RULE_RAW		4U
#define TRACK_RULE_PATCHED	8U
#define TRACK_RULE_PREFLIGHT	16U	/* disabled: the preflight writes nothing */
#define TRACK_RULE_DEVICES	32U
#define TRACK_RULE_USED		64U
#ifdef CONFIG_LIVEDUMP_TWICE
extern unsigned int livedump_track_rules_off;
#define track_rule_is_off(rule)	(livedump_track_rules_off & (rule))
#else
#define track_rule_is_off(rule)	0
#endif

struct track_facts {
	struct ld_source *src;
	unsigned int level;
	struct ld_map kept;	/* in the dump, and not in the late tier */
	struct ld_map mapped;
	struct ld_map bare;
	struct ld_map devices;
	u64 nr_devices;		/* bits in devices, TRACK_RAW_MAX at most */
	u64 raw_end;		/* first chunk beyond TRACK_RAW_MAX */
	bool notes_used;	/* the caller has compared page frames in doubt */
	port_atomic64_t nr_used;	/* page frames that the sweep of a pause noted as used */
};

/*
 * Update the bits of @chunk. What programs had mapped until now, or have mapped now, they may
 * have written to, which leaves no mark in the kernel's page tables: it counts as changed.
 * Different threads may call it for different chunks. Returns 0 or a negative errno.
 */
int track_facts_look(struct track_facts *facts, struct track_maps *maps, unsigned int worker,
		     u64 chunk);

/*
 * Set the bits of page frames of @chunk that have to be copied, written or not: if
 * @paused, in the pause, otherwise in each round because they are too many for the pause.
 */
void track_facts_always(const struct track_facts *facts, const struct track_maps *maps,
			u64 chunk, bool paused, u64 *frames);

/*
 * Set the bits of page frames of @chunk that a processor has read since they were in doubt: it
 * may have read what a device wrote. Not if they are too many for the pause, and @paused.
 */
void track_facts_used(const struct track_facts *facts, const struct track_maps *maps, u64 chunk,
		      bool paused, u64 *frames);

/* Set the bits of page frames of @chunk that may be a device's and are in no rule above. */
void track_facts_in_doubt(const struct track_facts *facts, const struct track_maps *maps,
			  u64 chunk, u64 *frames);

/* A device has written @pfn. One thread, between sweeps. */
void track_facts_device(struct track_facts *facts, const struct track_maps *maps, u64 pfn);

/* Compute raw_end. May schedule. */
void track_facts_budget(struct track_facts *facts, const struct track_maps *maps);

#endif
