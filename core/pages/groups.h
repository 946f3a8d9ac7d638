/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * groups.h - which parts of the physical address space have RAM, and bitmaps of
 * these parts only.
 *
 * The address space may be much larger than RAM: a machine may have 4 GB below
 * 4 GB, and 4 GB more at 64 TB. So nothing that a dump allocates, and no loop,
 * may depend on the highest page frame. The page frames are divided into
 * groups, which are aligned. Groups with RAM are numbered without gaps: the
 * index of a group. Tables have an entry for each index.
 */
#ifndef LIVEDUMP_GROUPS_H
#define LIVEDUMP_GROUPS_H

#include "bitmap.h"
#include "core/source.h"

/*
 * Chunks per group: with pages of 4 KiB a group has 128 MiB. A smaller group
 * would gain nothing: its bits take 4 KiB.
 */
#define LD_GROUP		64U
#define LD_GROUP_WORDS		(LD_GROUP * LD_CHUNK_WORDS)
#define LD_GROUP_FRAMES		((u64)LD_GROUP * LD_CHUNK)

/* Groups @first .. @end - 1, all with RAM. The first of them has the index @index. */
struct ld_group_run {
	u64 first;
	u64 end;
	u64 index;
};

struct ld_groups {
	struct ld_group_run *runs;	/* ascending, not touching */
	unsigned int nr_runs;
	unsigned int capacity;		/* of runs */
	u64 nr;				/* groups with RAM */
	u64 nr_chunks;			/* chunks in them, up to the last with RAM */
};

/* Find the groups of @src that have RAM. Returns 0 or -ENOMEM. Close it in both cases. */
int ld_groups_open(struct ld_groups *groups, const struct ld_source *src);
void ld_groups_close(struct ld_groups *groups);

/* The index of @group, or groups->nr if it has no RAM. */
u64 ld_groups_index(const struct ld_groups *groups, u64 group);

/* The group with @index, which is less than groups->nr. */
u64 ld_groups_at(const struct ld_groups *groups, u64 index);

/* Chunk number @nr, less than groups->nr_chunks, of those in groups with RAM. */
static inline u64 ld_groups_chunk(const struct ld_groups *groups, u64 nr)
{
	return ld_groups_at(groups, nr / LD_GROUP) * LD_GROUP + nr % LD_GROUP;
}

/* The number of @chunk, whose group has RAM: the inverse of ld_groups_chunk(). */
static inline u64 ld_groups_chunk_nr(const struct ld_groups *groups, u64 chunk)
{
	return ld_groups_index(groups, chunk / LD_GROUP) * LD_GROUP + chunk % LD_GROUP;
}

/* A bit for each page frame of the groups with RAM. */
struct ld_map {
	const struct ld_groups *groups;
	u64 *words;			/* LD_GROUP_WORDS for each index */
};

static inline size_t ld_map_bytes(const struct ld_groups *groups)
{
	return groups->nr * LD_GROUP_WORDS * sizeof(u64);
}

/* The bits of @chunk, whose group has RAM. */
static inline u64 *ld_map_chunk(const struct ld_map *map, u64 chunk)
{
	return map->words + ld_groups_chunk_nr(map->groups, chunk) * LD_CHUNK_WORDS;
}

/* Set the bits of page frames @pfn .. @end - 1. Those in groups without RAM have none. */
void ld_map_set(struct ld_map *map, u64 pfn, u64 end);

/*
 * The first page frame at or after @pfn whose bit is @value, or @end if there is
 * none. Page frames @pfn .. @end - 1 are RAM. May schedule.
 */
u64 ld_map_next(const struct ld_map *map, u64 pfn, u64 end, bool value);

/*
 * Whether the bit of any of page frames @pfn .. @end - 1, which need not be RAM,
 * is set. Does not schedule: only for few page frames.
 */
bool ld_map_any(const struct ld_map *map, u64 pfn, u64 end);

#endif
