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
#include "module/crew/crew.h"
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

/*
 * Work on all groups of chunks: with much memory it takes seconds, in which what is written is
 * left for the pause. Each worker takes the next group, all of whose words it alone writes.
 */
struct due_share {
	const struct track_due *due;
	const struct ld_groups *groups;
	const struct ld_control *control;
	bool all;
	port_atomic64_t next;		/* number of the next group */
	port_atomic64_t looked;		/* chunks */
	port_atomic64_t named;		/* page frames written, or copied in each pause */
	port_atomic64_t always;		/* of these, the latter */
	port_atomic64_t used;		/* not of these: in doubt, and read by a processor */
};

static struct due_share due_share(const struct track_due *due)
{
	return (struct due_share){ .due = due, .groups = due->maps->changed.groups };
}

/* In a test that is no dump there is no crew. */
static int due_run(struct due_share *share, int (*fn)(void *arg, unsigned int worker))
{
	return livedump_crew_current() ? port_run(share->due->workers, fn, share) : fn(share, 0);
}

/* The chunks of the next group have the numbers from *@n to *@end. Returns false after the last. */
static bool due_next(struct due_share *share, u64 *n, u64 *end)
{
	u64 group = (u64)port_atomic64_add(&share->next, 1);

	*n = group * LD_GROUP;
	*end = min(*n + LD_GROUP, share->groups->nr_chunks);
	return *n < *end;
}

static int due_look_at(struct due_share *share, unsigned int worker, u64 chunk)
{
	struct track_maps *maps = share->due->maps;
	u64 *retyped = ld_map_chunk(&maps->retyped, chunk);

	if (!share->all && !ld_weight(retyped, LD_CHUNK_WORDS))
		return 0;
	memset(retyped, 0, LD_CHUNK_WORDS * sizeof(*retyped));
	port_atomic64_add(&share->looked, 1);
	return track_facts_look(share->due->facts, maps, worker, chunk);
}

static int due_look(void *arg, unsigned int worker)
{
	struct due_share *share = arg;
	u64 n, end;

	while (due_next(share, &n, &end)) {
		for (; n < end; n++) {
			int err = ld_control_cancelled(share->control);

			if (!err)
				err = due_look_at(share, worker, ld_groups_chunk(share->groups, n));
			if (err)
				return err;
			port_relax();
		}
	}
	return 0;
}

int track_due_look(const struct track_due *due, bool all, const struct ld_control *control,
		   u64 *looked)
{
	struct due_share share = due_share(due);
	int err;

	share.all = all;
	share.control = control;
	err = due_run(&share, due_look);
	*looked = (u64)port_atomic64_read(&share.looked);
	if (!err)
		track_facts_budget(due->facts, due->maps);
	return err;
}

static void due_count_chunk(struct due_share *share, u64 n)
{
	const struct track_facts *facts = share->due->facts;
	struct track_maps *maps = share->due->maps;
	u64 chunk = ld_groups_chunk(share->groups, n), nr_named = 0, nr_always = 0, nr_used = 0;
	const u64 *changed = ld_map_chunk(&maps->changed, chunk);
	const u64 *kept = ld_map_chunk(&facts->kept, chunk);
	u64 always[LD_CHUNK_WORDS] = { 0 }, before[LD_CHUNK_WORDS] = { 0 };
	u64 used[LD_CHUNK_WORDS] = { 0 };

	track_facts_always(facts, maps, chunk, true, always);
	track_facts_always(facts, maps, chunk, false, before);
	track_facts_used(facts, maps, chunk, false, used);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		u64 named = changed[i] | always[i];

		nr_named += ld_popcount(named & kept[i]);
		nr_always += ld_popcount(always[i] & kept[i]);
		nr_used += ld_popcount(used[i] & kept[i] & ~named);
	}
	if (ld_weight(always, LD_CHUNK_WORDS) || ld_weight(before, LD_CHUNK_WORDS))
		ld_bit_set(maps->touched, n);
	if (nr_named)
		port_atomic64_add(&share->named, (s64)nr_named);
	if (nr_always)
		port_atomic64_add(&share->always, (s64)nr_always);
	if (nr_used)
		port_atomic64_add(&share->used, (s64)nr_used);
}

static int due_count(void *arg, unsigned int worker)
{
	struct due_share *share = arg;
	u64 n, end;

	while (due_next(share, &n, &end)) {
		for (; n < end; n++) {
			due_count_chunk(share, n);
			port_relax();
		}
	}
	return 0;
}

void track_due_count(const struct track_due *due, struct ld_tracker_counts *counts)
{
	struct due_share share = due_share(due);
	u64 used;

	/* It does not fail. */
	due_run(&share, due_count);
	used = (u64)port_atomic64_read(&share.used);
	counts->always = (u64)port_atomic64_read(&share.always);
	/* The pause copies no more. */
	counts->changed = (u64)port_atomic64_read(&share.named) +
			  (used > TRACK_USED_MAX ? 0 : used);
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
