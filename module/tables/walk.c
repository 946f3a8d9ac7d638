// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * walk.c - walks the kernel's page tables.
 *
 * A walk reads and clears the dirty bit of an entry only if the entry and all entries
 * above it are writable: a read-only entry with a dirty bit is a shadow stack. Page
 * frames that are mapped read-only may be written through mappings in other page tables.
 * So the map read_only keeps them for good. image.h has the exception.
 *
 * The page frame of an entry that is neither present nor empty counts as written in each
 * walk. The address in such an entry may be inverted.
 *
 * Pruning: when the processor first uses a table, it sets the accessed bit in the entry
 * that points to it. So a table whose accessed bit has stayed clear has no new dirty
 * bits. An NMI may use the table after the bit was cleared and before the TLB flush, so
 * a table is skipped only after its bit was clear in two walks. The kernel adds and
 * removes entries in vmalloc() tables all the time, which sets no accessed bit. But it
 * writes the table through the direct map, which sets the dirty bit there.
 *
 * Devices write rings that are mapped like memory of vmalloc(), and set no bit. But a driver
 * reads what they wrote through that mapping, which sets the accessed bit of the page. The
 * map used has such page frames. Tables without an unused entry are left out: they map large
 * areas, e.g. hash tables, which are read everywhere all the time.
 */
#include "walk.h"
#include "bits.h"

/*
 * In a pause, workers take turns at blocks of address space: of 2^SHARE_SHIFT bytes, so that
 * even few tables are divided evenly. But then each worker reads all tables of level 2. The
 * direct map has one for each GiB of RAM. So with SHARE_GIB for each worker, a block of the
 * direct map is what a table of level 2 maps, and its table has only one reader.
 */
#define SHARE_SHIFT	26
#define SHARE_GIB	16U

/* Stands for a table without shadow entries. It is never written. */
static const struct track_inner walk_unknown;

static u64 walk_plain(const struct track_walk *w, u64 entry)
{
	return entry & ~(w->tables->paging.accessed | w->tables->paging.dirty);
}

/* The block that @at is in has 2^n bytes. All workers get the same n for all of the block. */
static unsigned int walk_share_shift(const struct track_walk *w, u64 at)
{
	u64 gib = w->maps->changed.groups->nr * LD_GROUP_FRAMES >> (30 - 12);

	/* The direct map may end within the block. */
	at &= ~(track_span(w->tables, 3) - 1);
	if (gib < (u64)SHARE_GIB * w->workers || !track_in_direct(w->tables, at))
		return SHARE_SHIFT;
	return 12 + 2 * w->tables->paging.index_bits;
}

/* How many entries of @level, from the one for @at on, are in the shares of other workers. */
static u64 walk_not_mine(const struct track_walk *w, unsigned int level, u64 at)
{
	unsigned int entry = 12 + (level - 1) * w->tables->paging.index_bits;
	unsigned int shift = walk_share_shift(w, at);
	u64 share, behind;

	if (shift < entry)
		shift = entry;
	share = at >> shift;
	behind = (w->worker + w->workers - share % w->workers) % w->workers;
	return behind ? (((share + behind) << shift) - at) >> entry : 0;
}

static bool walk_is_mine(const struct track_walk *w, unsigned int level, u64 at)
{
	return w->mode != TRACK_PAUSED || !walk_not_mine(w, level, at);
}

/* The same, where all that the entries lead to is in those shares: they need not be read. */
static u64 walk_skip(const struct track_walk *w, unsigned int level, u64 at)
{
	u64 block = 1ULL << SHARE_SHIFT;

	if (w->mode != TRACK_PAUSED || level > 3 || at % block)
		return 0;
	if (level == 3 && walk_share_shift(w, at) == SHARE_SHIFT)
		return 0;
	return walk_not_mine(w, level, at);
}

/* The mapping in *@seen is gone: mark its page frames as written. */
static void walk_unmap(struct track_walk *w, u64 *seen, unsigned int level, u64 at)
{
	if (!*seen)
		return;
	track_mark(w, *seen, level, at);
	track_mark_alias(w, *seen, level, at, false);
	track_image_drop(&w->maps->image, at, track_span(w->tables, level) >> 12);
	if (w->mode == TRACK_LIVE)
		*seen = 0;
}

static void walk_forget_table(struct track_walk *w, struct track_leaf *node, unsigned int level,
			      u64 at);

/* Entry @i of @node, of @level, has changed or is gone: unmap what its shadow entry maps. */
static void walk_forget(struct track_walk *w, struct track_leaf *node, unsigned int i,
			unsigned int level, u64 at)
{
	struct track_inner *inner = (struct track_inner *)node;
	struct track_leaf *child = level > 1 ? track_child(inner->child[i]) : NULL;

	if (!child) {
		walk_unmap(w, &node->seen[i], level, at);
		return;
	}
	walk_forget_table(w, child, level - 1, at);
	track_mark_table(w, node->seen[i], false);
	if (w->mode == TRACK_LIVE) {
		inner->child[i] = 0;
		node->seen[i] = 0;
	}
}

static void walk_forget_table(struct track_walk *w, struct track_leaf *node, unsigned int level,
			      u64 at)
{
	for (unsigned int i = 0; i < TRACK_ENTRIES; i++)
		walk_forget(w, node, i, level, at + i * track_span(w->tables, level));
	if (w->mode == TRACK_LIVE)
		track_shadow_give(w->shadow, level, node);
}

/* Handle *@entry, which maps pages or is not present. @now is its value as read. */
static void walk_mapping(struct track_walk *w, u64 *entry, u64 now, u64 *seen,
			 unsigned int level, u64 at, bool writable)
{
	const struct ld_arch_paging *paging = &w->tables->paging;
	u64 plain = walk_plain(w, now);
	bool present = now & paging->present;

	writable = writable && present && now & paging->writable;
	if (w->mode == TRACK_RESTORE) {
		if (writable && !(now & paging->dirty))
			track_set_bits(entry, paging->dirty);
		return;
	}
	if (plain != *seen) {
		walk_unmap(w, seen, level, at);
		if (plain)
			track_mark(w, plain, level, at);
		track_mark_alias(w, plain, level, at, true);
		if (present && !writable) {
			track_mark_read_only(w, plain, level, at);
			w->memmap_read_only |= track_in_memmap(w->tables, at);
		}
		if (w->mode == TRACK_LIVE)
			*seen = plain;
	} else if (plain && (!present || (writable && now & paging->dirty))) {
		track_mark(w, plain, level, at);
	}
	if (writable && now & paging->dirty)
		track_clear_bits(entry, paging->dirty);
}

/* Whether the table with the shadow entries @node maps only buffers of the dump. */
static bool walk_is_own(const struct track_walk *w, const struct track_leaf *node)
{
	const struct ld_arch_paging *paging = &w->tables->paging;
	bool before = false;	/* the previous entry maps a buffer */

	for (unsigned int i = 0; i < TRACK_ENTRIES; i++) {
		u64 entry = node->seen[i];

		/* The page behind a buffer is its guard page, which is not mapped. */
		if (!entry && !before)
			return false;
		before = entry & paging->present;
		if (entry && (!before || !w->tables->own(w->tables->ctx,
							 (entry & paging->address) >> 12)))
			return false;
	}
	return true;
}

/* Whether @table of level 1 maps one area, without a guard page. */
static bool walk_is_full(const u64 *table)
{
	for (unsigned int i = 0; i < TRACK_ENTRIES; i++)
		if (!track_get(&table[i]))
			return false;
	return true;
}

/* Scan a table of level 1. */
static void walk_pages(struct track_walk *w, u64 *table, struct track_leaf *node, u64 at,
		       bool writable)
{
	const struct ld_arch_paging *paging = &w->tables->paging;
	u64 plain = ~(paging->accessed | paging->dirty);
	bool uses = w->mode != TRACK_RESTORE && track_in_vmalloc(w->tables, at) &&
		    !walk_is_full(table);

	for (unsigned int i = 0; i < TRACK_ENTRIES; i++) {
		u64 now = track_get(&table[i]);

		if (uses && now & paging->present && now & paging->accessed) {
			if (w->note_used && !(now & paging->dirty))
				track_mark_used(w, now);
			if (w->mode == TRACK_LIVE)
				track_clear_bits(&table[i], paging->accessed);
		}

		/* The fast path: the entry has not changed, and nothing was written. */
		if (w->mode != TRACK_RESTORE && (now & plain) == node->seen[i] &&
		    (!now || (now & paging->present && !(now & paging->dirty))))
			continue;
		walk_mapping(w, &table[i], now, &node->seen[i], 1, at + ((u64)i << 12), writable);
	}
}

/*
 * Whether the page frame of a table may have been written since the last walk. In a pause,
 * other workers clear dirty bits meanwhile, but they mark the page frame first.
 */
static bool walk_table_written(const struct track_walk *w, u64 pfn)
{
	u64 at = w->tables->direct_start + (pfn << 12), *entry, *upper;
	unsigned int level;

	if (at >= w->tables->direct_end)
		return true;
	entry = track_find(w->tables, at, &level, &upper);
	if (!entry || track_get(entry) & w->tables->paging.dirty)
		return true;
	track_read_barrier();
	return ld_map_any(&w->maps->changed, pfn, pfn + 1);
}

static bool walk_prunes_at(const struct track_walk *w, u64 at)
{
	return w->prune && (track_in_direct(w->tables, at) || track_in_memmap(w->tables, at) ||
			    track_in_vmalloc(w->tables, at));
}

/* Whether to skip the level 1 table behind *@entry. Updates TRACK_HOT from its accessed bit. */
static bool walk_prune(struct track_walk *w, u64 *entry, u64 now, uintptr_t *child, u64 at)
{
	u64 accessed = w->tables->paging.accessed;

	if (!walk_prunes_at(w, at))
		return false;
	if (w->mode == TRACK_RESTORE) {
		if (!(now & accessed))
			track_set_bits(entry, accessed);
		return false;
	}
	if (!(now & accessed) && track_child(*child) && !(*child & TRACK_HOT) &&
	    !(track_in_vmalloc(w->tables, at) &&
	      walk_table_written(w, (now & w->tables->paging.address) >> 12)))
		return true;
	if (w->mode == TRACK_LIVE) {
		*child &= ~TRACK_HOT;
		if (now & accessed) {
			*child |= TRACK_HOT;
			track_clear_bits(entry, accessed);
		}
	}
	return false;
}

/* After the deadline, stop at @at, but only if this call has made progress. */
static int walk_check_time(struct track_walk *w, u64 at)
{
	if (!w->moved || !w->deadline_ns || port_now_ns() <= w->deadline_ns)
		return 0;
	w->from = at;
	return w->mode == TRACK_PAUSED ? -ETIME : -EAGAIN;
}

/*
 * Entry @i of @node, of level 2, points to a table of level 1. It has a child, or
 * @node is walk_unknown.
 */
static int walk_leaf_table(struct track_walk *w, u64 *entry, u64 now, struct track_inner *node,
			   unsigned int i, u64 at, bool writable)
{
	struct track_leaf *child = track_child(node->child[i]);
	uintptr_t unknown = 0, *bits = child || w->mode == TRACK_LIVE ? &node->child[i] : &unknown;
	u64 *table;
	int err;

	if ((w->skip_own && *bits & TRACK_OWN) || walk_prune(w, entry, now, bits, at))
		return 0;
	/*
	 * If walk_prune() has just cleared the accessed bit, TRACK_HOT remembers it. In a pause,
	 * checks at tables of level 2 are enough. With some clocks, all processors that read them
	 * at the same time have to wait for each other.
	 */
	err = w->mode == TRACK_PAUSED ? 0 : walk_check_time(w, at);
	if (err)
		return err;
	table = w->tables->table(w->tables->ctx,
				 (now & w->tables->paging.address) >> 12);
	if (!table)
		return 0;
	w->scanned++;
	w->moved = true;
	if (!child)
		child = (struct track_leaf *)&walk_unknown.leaf;
	walk_pages(w, table, child, at, writable);
	if (w->mode != TRACK_LIVE || !w->tables->own || track_in_direct(w->tables, at))
		return 0;
	*bits &= ~TRACK_OWN;
	if (walk_is_own(w, child))
		*bits |= TRACK_OWN;
	return 0;
}

static int walk_table(struct track_walk *w, unsigned int level, u64 pfn, u64 at,
		      struct track_inner *node, bool writable);

/* Entry @i of @node, of @level, points to a table. */
static int walk_inner_table(struct track_walk *w, unsigned int level, u64 *entry, u64 now,
			    struct track_inner *node, unsigned int i, u64 at, bool writable)
{
	const struct ld_arch_paging *paging = &w->tables->paging;
	struct track_leaf *child;
	u64 plain = walk_plain(w, now);

	if (w->tables->stays && !w->tables->stays(at, track_span(w->tables, level)))
		return 0;
	if (w->mode != TRACK_RESTORE && plain != node->leaf.seen[i] && walk_is_mine(w, level, at))
		walk_forget(w, &node->leaf, i, level, at);
	child = plain == node->leaf.seen[i] ? track_child(node->child[i]) : NULL;
	if (w->mode == TRACK_LIVE && !child) {
		child = track_shadow_take(w->shadow, level - 1);
		if (!child) {
			w->from = at;
			return -ENOSPC;
		}
		node->child[i] = (uintptr_t)child | TRACK_HOT;
		node->leaf.seen[i] = plain;
		track_mark_table(w, plain, true);
	}
	writable = writable && now & paging->writable;
	if (level == 2)
		return walk_leaf_table(w, entry, now,
				       child ? node : (struct track_inner *)&walk_unknown, i, at,
				       writable);
	return walk_table(w, level - 1, (now & paging->address) >> 12, at,
			  child ? (struct track_inner *)child :
				  (struct track_inner *)&walk_unknown, writable);
}

/* Entry @i of @node, of @level, does not point to a table, or counts as empty. */
static int walk_other(struct track_walk *w, unsigned int level, u64 *entry, u64 now,
		      struct track_inner *node, unsigned int i, u64 at, bool writable)
{
	bool pointed = track_child(node->child[i]);
	u64 none = 0;

	if (!walk_is_mine(w, level, at))
		return 0;
	/*
	 * Marking the 1 GiB of an entry takes as long as scanning many tables, and so does
	 * marking what 2 MiB of struct pages describe.
	 */
	if ((level > 2 || track_in_memmap(w->tables, at)) && (now || node->leaf.seen[i])) {
		int err = walk_check_time(w, at);

		if (err)
			return err;
		w->moved = true;
	}
	if (pointed)
		walk_forget(w, &node->leaf, i, level, at);
	/* In a pause the shadow does not change: seen[i] still has the pointer to the table. */
	walk_mapping(w, entry, now, pointed && w->mode == TRACK_PAUSED ? &none :
		     &node->leaf.seen[i], level, at, writable);
	return 0;
}

/* Whether an entry that maps a large page or is empty is as before, with no write since. */
static bool walk_is_quiet(const struct track_walk *w, u64 now, u64 seen)
{
	const struct ld_arch_paging *paging = &w->tables->paging;
	u64 leaf = paging->present | paging->large;

	return w->mode != TRACK_RESTORE && (now & ~paging->accessed) == seen &&
	       (!now || (now & leaf) == leaf);
}

static int walk_table(struct track_walk *w, unsigned int level, u64 pfn, u64 at,
		      struct track_inner *node, bool writable)
{
	const struct ld_arch_paging *paging = &w->tables->paging;
	u64 *table = w->tables->table(w->tables->ctx, pfn), span = track_span(w->tables, level);
	u64 last = 0;
	int err = 0;

	if (!table)
		return 0;
	w->scanned++;
	if (level == 2)
		err = walk_check_time(w, at);
	/* The upper half of the address space is the kernel's. */
	for (unsigned int i = level == paging->levels ? TRACK_ENTRIES / 2 : 0;
	     i < TRACK_ENTRIES && !err; i++) {
		u64 to = at + i * span, skip = walk_skip(w, level, to), now, next = 0;
		bool points;

		if (skip)
			i += skip - 1;
		if (skip || to + (span - 1) < w->from)
			continue;
		now = track_get(&table[i]);
		/* The fast path, as in walk_pages(). */
		if (level <= paging->large_levels && walk_is_quiet(w, now, node->leaf.seen[i])) {
			last = 0;
			continue;
		}
		points = now & paging->present &&
			 !(now & paging->large && level <= paging->large_levels);
		if (points)
			next = now & paging->address;
		/* KASAN maps terabytes by one table, which many neighbouring entries point to. */
		if (points && next != last)
			err = walk_inner_table(w, level, &table[i], now, node, i, to, writable);
		else if (!points || w->mode != TRACK_RESTORE)
			err = walk_other(w, level, &table[i], points ? 0 : now, node, i, to,
					 writable);
		last = next;
	}
	if (level == 2 && !err)
		w->moved = true;
	return err;
}

int track_walk(struct track_walk *w)
{
	const struct track_tables *t = w->tables;
	/* The last entry of the root maps the end of the 64-bit address space. */
	u64 base = 0 - (1ULL << (12 + t->paging.levels * t->paging.index_bits));
	int err;

	w->moved = false;
	err = walk_table(w, t->paging.levels, t->root, base,
			 w->mode == TRACK_RESTORE ? (struct track_inner *)&walk_unknown :
						    w->shadow->root, true);
	return err;
}

u64 *track_find(const struct track_tables *t, u64 vaddr, unsigned int *level, u64 **upper)
{
	u64 pfn = t->root, *entry = NULL;

	for (unsigned int l = t->paging.levels; l; l--) {
		u64 *table = t->table(t->ctx, pfn), now;

		if (!table)
			return NULL;
		*upper = l == 1 ? entry : NULL;
		*level = l;
		entry = &table[vaddr >> (12 + (l - 1) * t->paging.index_bits) &
			       (TRACK_ENTRIES - 1)];
		now = track_get(entry);
		if (!(now & t->paging.present))
			return NULL;
		if (l == 1 || (now & t->paging.large && l <= t->paging.large_levels))
			return entry;
		pfn = (now & t->paging.address) >> 12;
	}
	return NULL;
}
