// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * groups.c - which parts of the physical address space have RAM.
 */
#include "groups.h"

static size_t groups_bytes(const struct ld_groups *groups)
{
	return groups->capacity * sizeof(*groups->runs);
}

/* Add groups @first .. @end - 1. Ranges are ascending, so only the last run may overlap. */
static void groups_add(struct ld_groups *groups, u64 first, u64 end)
{
	struct ld_group_run *last = groups->nr_runs ? &groups->runs[groups->nr_runs - 1] : NULL;

	if (last && first < last->end)
		first = last->end;
	if (first >= end)
		return;
	if (last && first == last->end)
		last->end = end;
	else
		groups->runs[groups->nr_runs++] = (struct ld_group_run){ first, end, groups->nr };
	groups->nr += end - first;
}

int ld_groups_open(struct ld_groups *groups, const struct ld_source *src)
{
	u64 last, unused;

	memset(groups, 0, sizeof(*groups));
	groups->capacity = src->nr_ranges;
	groups->runs = port_alloc(groups_bytes(groups));
	if (!groups->runs)
		return -ENOMEM;
	for (unsigned int r = 0; r < src->nr_ranges; r++)
		groups_add(groups, src->ranges[r].start / LD_GROUP_FRAMES,
			   (src->ranges[r].end + LD_GROUP_FRAMES - 1) / LD_GROUP_FRAMES);
	last = (src->max_pfn + LD_CHUNK - 1) / LD_CHUNK;
	unused = (LD_GROUP - last % LD_GROUP) % LD_GROUP;
	groups->nr_chunks = groups->nr * LD_GROUP - unused;
	return 0;
}

void ld_groups_close(struct ld_groups *groups)
{
	port_free(groups->runs, groups_bytes(groups));
	groups->runs = NULL;
}

u64 ld_groups_index(const struct ld_groups *groups, u64 group)
{
	unsigned int lo = 0, hi = groups->nr_runs;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;
		const struct ld_group_run *run = &groups->runs[mid];

		if (group < run->first)
			hi = mid;
		else if (group >= run->end)
			lo = mid + 1;
		else
			return run->index + (group - run->first);
	}
	return groups->nr;
}

u64 ld_groups_at(const struct ld_groups *groups, u64 index)
{
	unsigned int lo = 0, hi = groups->nr_runs;

	/* The last run that does not begin after @index. */
	while (hi - lo > 1) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (groups->runs[mid].index <= index)
			lo = mid;
		else
			hi = mid;
	}
	return groups->runs[lo].first + (index - groups->runs[lo].index);
}

/* Those of page frames @pfn .. @end - 1 that are in the group of @pfn. */
struct map_part {
	u64 *words;	/* of the group; NULL: it has no RAM */
	u64 bit;	/* of the first page frame in it */
	u64 end;	/* one past the bit of the last */
};

static struct map_part map_first_part(const struct ld_map *map, u64 pfn, u64 end)
{
	u64 group = pfn / LD_GROUP_FRAMES, first = group * LD_GROUP_FRAMES;
	u64 index = ld_groups_index(map->groups, group);

	return (struct map_part){
		.words = index < map->groups->nr ? map->words + index * LD_GROUP_WORDS : NULL,
		.bit = pfn - first,
		.end = end - first < LD_GROUP_FRAMES ? end - first : LD_GROUP_FRAMES,
	};
}

void ld_map_set(struct ld_map *map, u64 pfn, u64 end)
{
	while (pfn < end) {
		struct map_part part = map_first_part(map, pfn, end);

		if (part.words)
			ld_bits_set(part.words, part.bit, part.end);
		pfn += part.end - part.bit;
	}
}

u64 ld_map_next(const struct ld_map *map, u64 pfn, u64 end, bool value)
{
	u64 group = pfn / LD_GROUP_FRAMES;
	const u64 *words;

	if (pfn >= end)
		return end;
	/* All groups of a range are in one run: their words follow each other. */
	words = map->words + ld_groups_index(map->groups, group) * LD_GROUP_WORDS;
	while (pfn < end) {
		u64 first = group * LD_GROUP_FRAMES, left = end - first;
		u64 last = left < LD_GROUP_FRAMES ? left : LD_GROUP_FRAMES;
		u64 next = ld_bit_next(words, pfn - first, last, value);

		if (next < last)
			return first + next;
		pfn = first + last;
		words += LD_GROUP_WORDS;
		group++;
		port_relax();
	}
	return end;
}

bool ld_map_any(const struct ld_map *map, u64 pfn, u64 end)
{
	while (pfn < end) {
		struct map_part part = map_first_part(map, pfn, end);

		if (part.words && ld_bit_next(part.words, part.bit, part.end, true) < part.end)
			return true;
		pfn += part.end - part.bit;
	}
	return false;
}
