// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * split.c - splits large pages and joins them again.
 *
 * The kernel also splits a large page when it changes attributes of a part of it, and
 * works with small pages wherever it finds them. So a split that stays does no harm.
 */
#include "split.h"
#include "bits.h"

/* In an entry that maps a large page, this address bit is an attribute instead. */
#define SPLIT_LARGE_ATTRIBUTE	(1ULL << 12)

#define SPLIT_LARGE_FRAMES	TRACK_ENTRIES	/* page frames of a large page of level 2 */

/* The most splits of written large pages, which map 64 GiB. But at most one for 1 MiB of RAM. */
#define SPLIT_WRITTEN_MAX	32768U
#define SPLIT_WRITTEN_FRACTION	256U

/* Of the array: at most one for 2 MiB, which is enough unless a struct page is huge. */
#define SPLIT_ARRAY_FRACTION	512U

struct track_split_limits track_split_limits(const struct track_tables *t, u64 frames,
					     unsigned int ranges)
{
	/* A range may begin and end within a large page. */
	struct track_split_limits limits = {
		.array = frames * t->memmap_each / (SPLIT_LARGE_FRAMES << 12) + 2 * (u64)ranges,
		.written = frames / SPLIT_WRITTEN_FRACTION,
	};

	if (limits.array > frames / SPLIT_ARRAY_FRACTION)
		limits.array = frames / SPLIT_ARRAY_FRACTION;
	if (limits.written > SPLIT_WRITTEN_MAX)
		limits.written = SPLIT_WRITTEN_MAX;
	return limits;
}

/* The lowest entry for an address above level 1, and the shadow of its table. */
struct split_place {
	u64 *entry;
	struct track_inner *node;	/* NULL: none */
	unsigned int i;
	unsigned int level;
};

static bool split_find(const struct track_tables *t, struct track_inner *node, u64 vaddr,
		       struct split_place *place)
{
	u64 pfn = t->root;

	for (unsigned int level = t->paging.levels; level > 1; level--) {
		u64 *table = t->table(t->ctx, pfn), now;
		unsigned int i = vaddr >> (12 + (level - 1) * t->paging.index_bits) &
				 (TRACK_ENTRIES - 1);

		if (!table)
			return false;
		now = track_get(&table[i]);
		*place = (struct split_place){ &table[i], node, i, level };
		if (!(now & t->paging.present))
			return false;
		if (now & t->paging.large && level <= t->paging.large_levels)
			return true;
		node = node ? (struct track_inner *)track_child(node->child[i]) : NULL;
		pfn = (now & t->paging.address) >> 12;
	}
	return false;
}

/* Entry @i of a table that maps the same as @entry of @level. */
static u64 split_part(const struct track_tables *t, u64 entry, unsigned int level, unsigned int i)
{
	u64 bytes = 1ULL << (12 + (level - 2) * t->paging.index_bits);

	return (level == 2 ? entry & ~t->paging.large : entry) + i * bytes;
}

int track_split(struct track_walk *w, struct track_split *split)
{
	const struct track_tables *t = w->tables;
	u64 marks = t->paging.accessed | t->paging.dirty, now, *table;
	struct split_place at;
	struct track_leaf *child;

	split->level = 0;
	if (!split_find(t, w->shadow->root, split->vaddr, &at) || !at.node)
		return -EAGAIN;
	now = track_get(at.entry);
	if ((now & ~marks) != at.node->leaf.seen[at.i] || track_child(at.node->child[at.i]) ||
	    !(now & t->paging.writable) || now & SPLIT_LARGE_ATTRIBUTE)
		return -EAGAIN;
	table = t->table(t->ctx, split->pfn);
	child = table ? track_shadow_take(w->shadow, at.level - 1) : NULL;
	if (!child)
		return table ? -ENOSPC : -EAGAIN;
	for (unsigned int i = 0; i < TRACK_ENTRIES; i++) {
		child->seen[i] = split_part(t, now & ~marks, at.level, i);
		table[i] = child->seen[i] | t->paging.accessed;
	}
	split->entry = now & ~marks;
	split->level = at.level;
	at.node->child[at.i] = (uintptr_t)child | TRACK_HOT;
	at.node->leaf.seen[at.i] = (split->pfn << 12 | t->pointer) & ~marks;
	track_map_change(&w->maps->not_raw, split->pfn, split->pfn + 1, true);
	/* An NMI may have written to the page until now. */
	now = track_swap(at.entry, split->pfn << 12 | t->pointer);
	if (now & t->paging.dirty)
		track_mark(w, split->entry, at.level,
			   split->vaddr & ~((TRACK_ENTRIES << (12 + (at.level - 2) *
						t->paging.index_bits)) - 1ULL));
	return 0;
}

unsigned int track_mapped_level(const struct track_walk *w, u64 vaddr)
{
	const struct ld_arch_paging *paging = &w->tables->paging;
	const struct track_inner *node = w->shadow->root;

	for (unsigned int level = paging->levels; level > 1 && node; level--) {
		unsigned int i = vaddr >> (12 + (level - 1) * paging->index_bits) &
				 (TRACK_ENTRIES - 1);
		u64 seen = node->leaf.seen[i];

		if (seen & paging->large && level <= paging->large_levels)
			return seen & paging->present ? level : 0;
		node = (const struct track_inner *)track_child(node->child[i]);
	}
	return node ? 1 : 0;
}

int track_join(const struct track_tables *t, const struct track_split *split)
{
	u64 marks = t->paging.accessed | t->paging.dirty, pfn = t->root, *entry = NULL, *table;

	for (unsigned int level = t->paging.levels; level >= split->level; level--) {
		table = t->table(t->ctx, pfn);
		if (!table)
			return -EAGAIN;
		entry = &table[split->vaddr >> (12 + (level - 1) * t->paging.index_bits) &
			       (TRACK_ENTRIES - 1)];
		pfn = (track_get(entry) & t->paging.address) >> 12;
		if (!(track_get(entry) & t->paging.present) ||
		    (track_get(entry) & t->paging.large && level <= t->paging.large_levels))
			return -EAGAIN;
	}
	table = t->table(t->ctx, split->pfn);
	if (pfn != split->pfn || !table ||
	    ((track_get(entry) ^ t->pointer) & ~(marks | t->paging.address)))
		return -EAGAIN;
	for (unsigned int i = 0; i < TRACK_ENTRIES; i++)
		if ((track_get(&table[i]) & ~marks) != split_part(t, split->entry, split->level, i))
			return -EAGAIN;
	track_swap(entry, split->entry | marks);
	return 0;
}
