// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * mark.c - marks page frames in the maps of a walk.
 */
#include "bits.h"
#include "walk.h"

/*
 * The page types of this many page frames may depend on one struct page: that of the
 * first page of a free block or of a compound page.
 */
#define RETYPED_UNIT	1024U

void track_touch(struct track_maps *maps, u64 pfn, u64 end)
{
	const struct ld_groups *groups = maps->changed.groups;

	while (pfn < end) {
		u64 group = pfn / LD_GROUP_FRAMES, next = (group + 1) * LD_GROUP_FRAMES;
		u64 index = ld_groups_index(groups, group), last = next < end ? next : end, mask;

		if (index < groups->nr) {
			mask = track_word_mask(pfn / LD_CHUNK % LD_GROUP,
					       (last - 1) / LD_CHUNK % LD_GROUP + 1);
			if ((track_get(&maps->touched[index]) & mask) != mask)
				track_set_bits(&maps->touched[index], mask);
		}
		pfn = next;
	}
}

static void mark_change(struct track_maps *maps, struct ld_map *map, u64 pfn, u64 end)
{
	track_map_change(map, pfn, end, true);
	track_touch(maps, pfn, end);
}

/* The array of struct pages was written in the @bytes at @at. */
static void mark_retyped(struct track_walk *w, u64 at, u64 bytes)
{
	u64 off = at - w->tables->memmap_start, each = w->tables->memmap_each;
	u64 first = off / each, end = (off + bytes + each - 1) / each;

	first -= first % RETYPED_UNIT;
	end += RETYPED_UNIT - 1;
	end -= end % RETYPED_UNIT;
	mark_change(w->maps, &w->maps->retyped, first, end);
}

void track_mark(struct track_walk *w, u64 entry, unsigned int level, u64 at)
{
	const struct ld_arch_paging *paging = &w->tables->paging;
	u64 bytes = track_span(w->tables, level), nr = bytes >> 12;
	u64 pfn = (entry & paging->address) >> 12;

	pfn -= pfn % nr;	/* a lower bit may be an attribute */
	mark_change(w->maps, &w->maps->changed, pfn, pfn + nr);
	if (!(entry & paging->present)) {
		pfn = (~entry & paging->address) >> 12;
		pfn -= pfn % nr;
		mark_change(w->maps, &w->maps->changed, pfn, pfn + nr);
	}
	if (track_in_memmap(w->tables, at))
		mark_retyped(w, at, bytes);
}

void track_mark_alias(struct track_walk *w, u64 entry, unsigned int level, u64 at, bool on)
{
	u64 pfn = (entry & w->tables->paging.address) >> 12;
	u64 nr = track_span(w->tables, level) >> 12;

	if (!(entry & w->tables->paging.present) || track_in_direct(w->tables, at))
		return;
	pfn -= pfn % nr;
	track_map_change(&w->maps->not_raw, pfn, pfn + nr, on);
}

void track_mark_table(struct track_walk *w, u64 entry, bool on)
{
	u64 pfn = (entry & w->tables->paging.address) >> 12;

	track_map_change(&w->maps->not_raw, pfn, pfn + 1, on);
}

void track_mark_read_only(struct track_walk *w, u64 entry, unsigned int level, u64 at)
{
	u64 pfn = (entry & w->tables->paging.address) >> 12;
	u64 nr = track_span(w->tables, level) >> 12;

	pfn -= pfn % nr;
	track_map_change(&w->maps->read_only, pfn, pfn + nr, true);
	if (w->add_image)
		track_image_add(&w->maps->image, at, pfn, nr,
				!(entry & w->tables->paging.no_exec));
}

void track_mark_used(struct track_walk *w, u64 entry)
{
	u64 pfn = (entry & w->tables->paging.address) >> 12;

	mark_change(w->maps, &w->maps->used, pfn, pfn + 1);
	w->used++;
}
