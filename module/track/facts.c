// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * facts.c - finds page frames that may be written without setting dirty bits in the
 * kernel's page tables.
 */
#include <linux/memory_hotplug.h>
#include <linux/mm.h>

#ifdef CONFIG_KFENCE
#include <linux/kfence.h>
#else
#define is_kfence_address(addr)	false
#endif

#include "core/pages/chunk.h"
#include "facts.h"
#include "module/compat/compat.h"

#ifdef CONFIG_LIVEDUMP_TWICE
unsigned int livedump_track_rules_off;
EXPORT_SYMBOL_FOR_TESTS(livedump_track_rules_off);
#endif

/* Slab pages have something else in the field of the map count. */
static bool facts_is_mapped(struct page *page, enum ld_page_type type)
{
	return ((type == LD_TYPE_KERNEL || type == LD_TYPE_RESERVED) &&
		livedump_page_mapped(page)) || is_kfence_address(page_address(page));
}

static int facts_read(struct track_facts *facts, unsigned int worker, u64 chunk)
{
	u64 *kept = ld_map_chunk(&facts->kept, chunk);
	u64 *mapped = ld_map_chunk(&facts->mapped, chunk);
	u64 *bare = ld_map_chunk(&facts->bare, chunk);
	struct ld_scan scan;
	int err = ld_chunk_scan(facts->src, worker, chunk, facts->level, &scan);

	if (err)
		return err;
	memset(kept, 0, LD_CHUNK_WORDS * sizeof(*kept));
	memset(mapped, 0, LD_CHUNK_WORDS * sizeof(*mapped));
	memset(bare, 0, LD_CHUNK_WORDS * sizeof(*bare));
	for (u64 i = 0; (i = ld_bit_next(scan.keep, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		struct page *page = pfn_to_page(chunk * LD_CHUNK + i);

		if (ld_filter_tier(scan.type[i]) == LD_TIER_LATE)
			continue;
		ld_bit_set(kept, i);
		if (scan.type[i] == LD_TYPE_KERNEL)
			ld_bit_set(bare, i);
		if (facts_is_mapped(page, scan.type[i]))
			ld_bit_set(mapped, i);
	}
	return 0;
}

int track_facts_look(struct track_facts *facts, struct track_maps *maps, unsigned int worker,
		     u64 chunk)
{
	u64 *changed = ld_map_chunk(&maps->changed, chunk);
	u64 *mapped = ld_map_chunk(&facts->mapped, chunk);
	u64 before[LD_CHUNK_WORDS];
	int err;

	memcpy(before, mapped, sizeof(before));
	err = facts_read(facts, worker, chunk);
	if (!track_rule_is_off(TRACK_RULE_MAPPED))
		for (unsigned int i = 0; !err && i < LD_CHUNK_WORDS; i++)
			changed[i] |= before[i] ^ mapped[i];
	return err;
}

void track_facts_always(const struct track_facts *facts, const struct track_maps *maps,
			u64 chunk, bool paused, u64 *frames)
{
	const u64 *fixed = track_image_fixed(&maps->image, chunk);
	const u64 *read_only = ld_map_chunk(&maps->read_only, chunk);
	const u64 *not_raw = ld_map_chunk(&maps->not_raw, chunk);
	const u64 *mapped = ld_map_chunk(&facts->mapped, chunk);
	const u64 *bare = ld_map_chunk(&facts->bare, chunk);
	const u64 *devices = ld_map_chunk(&facts->devices, chunk);
	bool raw = (chunk < facts->raw_end) == paused && !track_rule_is_off(TRACK_RULE_RAW);

	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		if (paused && !track_rule_is_off(TRACK_RULE_READ_ONLY))
			frames[i] |= read_only[i] & ~(fixed ? fixed[i] : 0);
		if (paused && !track_rule_is_off(TRACK_RULE_MAPPED))
			frames[i] |= mapped[i];
		if (paused && !track_rule_is_off(TRACK_RULE_DEVICES))
			frames[i] |= devices[i] & bare[i];
		if (raw)
			frames[i] |= bare[i] & ~not_raw[i];
	}
}

void track_facts_used(const struct track_facts *facts, const struct track_maps *maps, u64 chunk,
		      bool paused, u64 *frames)
{
	const u64 *used = ld_map_chunk(&maps->used, chunk);
	const u64 *bare = ld_map_chunk(&facts->bare, chunk);

	if (paused && (u64)port_atomic64_read(&facts->nr_used) > TRACK_USED_MAX)
		return;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		frames[i] |= used[i] & bare[i];
}

void track_facts_in_doubt(const struct track_facts *facts, const struct track_maps *maps,
			  u64 chunk, u64 *frames)
{
	const u64 *bare = ld_map_chunk(&facts->bare, chunk);
	u64 always[LD_CHUNK_WORDS] = { 0 };

	track_facts_always(facts, maps, chunk, true, always);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		frames[i] |= bare[i] & ~always[i];
}

void track_facts_device(struct track_facts *facts, const struct track_maps *maps, u64 pfn)
{
	u64 chunk = pfn / LD_CHUNK, first = round_down(pfn % LD_CHUNK, TRACK_DEVICE_BLOCK);
	u64 *devices = ld_map_chunk(&facts->devices, chunk);
	u64 doubt[LD_CHUNK_WORDS] = { 0 };

	track_facts_in_doubt(facts, maps, chunk, doubt);
	for (u64 i = first; i < first + TRACK_DEVICE_BLOCK; i++) {
		if (!ld_bit(doubt, i) || ld_bit(devices, i) || facts->nr_devices == TRACK_RAW_MAX)
			continue;
		ld_bit_set(devices, i);
		facts->nr_devices++;
	}
}

void track_facts_budget(struct track_facts *facts, const struct track_maps *maps)
{
	const struct ld_groups *groups = facts->bare.groups;
	u64 nr = 0;

	facts->raw_end = ~0ULL;
	for (u64 n = 0; n < groups->nr_chunks; n++) {
		u64 chunk = ld_groups_chunk(groups, n);
		const u64 *bare = ld_map_chunk(&facts->bare, chunk);
		const u64 *not_raw = ld_map_chunk(&maps->not_raw, chunk);

		for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
			nr += ld_popcount(bare[i] & ~not_raw[i]);
		if (nr > TRACK_RAW_MAX) {
			facts->raw_end = chunk;
			return;
		}
		if (n % 1024 == 0)
			port_relax();
	}
}
