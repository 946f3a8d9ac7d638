// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * due.c - finds the chunks that a pause has to visit.
 *
 * A walk sets the bit of a chunk in which it marks page frames as written or retyped. A
 * sweep also sets the bit of a chunk with page frames that are copied in each pause or
 * round, written or not. If a walk in the pause adds to these page frames, it marks them
 * as written, or a former page table as retyped. A bit stays set until a round takes the chunk.
 */
#include "due.h"
#include "module/tables/bits.h"

static size_t due_bytes(const struct track_maps *maps)
{
	return port_own_bytes(maps->changed.groups->nr * sizeof(*maps->touched));
}

int track_due_open(struct track_maps *maps)
{
	maps->touched = port_alloc(due_bytes(maps));
	return maps->touched ? 0 : -ENOMEM;
}

void track_due_close(struct track_maps *maps)
{
	if (maps->touched)
		port_free(maps->touched, due_bytes(maps));
}

void track_due_count(const struct track_facts *facts, struct track_maps *maps,
		     struct ld_tracker_counts *counts)
{
	const struct ld_groups *groups = maps->changed.groups;
	u64 nr_used = 0;

	for (u64 n = 0; n < groups->nr_chunks; n++) {
		u64 chunk = ld_groups_chunk(groups, n);
		const u64 *changed = ld_map_chunk(&maps->changed, chunk);
		const u64 *kept = ld_map_chunk(&facts->kept, chunk);
		u64 always[LD_CHUNK_WORDS] = { 0 }, before[LD_CHUNK_WORDS] = { 0 };
		u64 used[LD_CHUNK_WORDS] = { 0 };

		track_facts_always(facts, maps, chunk, true, always);
		track_facts_always(facts, maps, chunk, false, before);
		track_facts_used(facts, maps, chunk, false, used);
		for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
			u64 named = changed[i] | always[i];

			counts->changed += ld_popcount(named & kept[i]);
			counts->always += ld_popcount(always[i] & kept[i]);
			nr_used += ld_popcount(used[i] & kept[i] & ~named);
		}
		if (ld_weight(always, LD_CHUNK_WORDS) || ld_weight(before, LD_CHUNK_WORDS))
			ld_bit_set(maps->touched, n);
		port_relax();
	}
	/* The pause copies no more. */
	counts->changed += nr_used > TRACK_USED_MAX ? 0 : nr_used;
}

void track_due_taken(const struct track_facts *facts, struct track_maps *maps, u64 chunk)
{
	u64 n = ld_groups_chunk_nr(maps->changed.groups, chunk);
	u64 always[LD_CHUNK_WORDS] = { 0 };

	/* Page frames that are copied in each round are no reason to visit it in the pause. */
	track_facts_always(facts, maps, chunk, true, always);
	if (!ld_weight(always, LD_CHUNK_WORDS) &&
	    !ld_weight(ld_map_chunk(&maps->retyped, chunk), LD_CHUNK_WORDS))
		track_clear_bits(&maps->touched[n / 64], 1ULL << n % 64);
}
