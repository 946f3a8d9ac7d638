/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bits.h - access to words that change concurrently: processors set bits in page-table
 * entries, and several workers set bits in the same bitmap.
 */
#ifndef LIVEDUMP_TRACK_BITS_H
#define LIVEDUMP_TRACK_BITS_H

#include "core/pages/groups.h"

#ifdef __KERNEL__
static inline u64 track_get(const u64 *word)
{
	return READ_ONCE(*word);
}

static inline void track_set_bits(u64 *word, u64 bits)
{
	atomic64_or(bits, (atomic64_t *)word);
}

/* A reader that sees the bits clear also sees the caller's earlier writes. */
static inline void track_clear_bits(u64 *word, u64 bits)
{
	/* Pairs with track_read_barrier(). */
	smp_mb__before_atomic();
	atomic64_andnot(bits, (atomic64_t *)word);
}

static inline u64 track_swap(u64 *word, u64 with)
{
	return atomic64_xchg((atomic64_t *)word, with);
}

static inline void track_read_barrier(void)
{
	/* Pairs with the barrier of track_clear_bits(). */
	smp_rmb();
}
#else
static inline u64 track_get(const u64 *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline void track_set_bits(u64 *word, u64 bits)
{
	__atomic_fetch_or(word, bits, __ATOMIC_RELAXED);
}

static inline void track_clear_bits(u64 *word, u64 bits)
{
	__atomic_fetch_and(word, ~bits, __ATOMIC_RELEASE);
}

static inline u64 track_swap(u64 *word, u64 with)
{
	return __atomic_exchange_n(word, with, __ATOMIC_RELAXED);
}

static inline void track_read_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}
#endif

/* Mask for the word that has bit @bit: bits @bit .. @end - 1, as far as they are in it. */
static inline u64 track_word_mask(u64 bit, u64 end)
{
	u64 n = 64 - bit % 64;

	if (n > end - bit)
		n = end - bit;
	return (~0ULL >> (64 - n)) << (bit % 64);
}

/*
 * Set or clear the bits of page frames @pfn .. @end - 1. Others may change other bits
 * at the same time. Page frames in groups without RAM have no bit.
 */
static inline void track_map_change(struct ld_map *map, u64 pfn, u64 end, bool on)
{
	while (pfn < end) {
		u64 group = pfn / LD_GROUP_FRAMES, bit = pfn % LD_GROUP_FRAMES;
		u64 index = ld_groups_index(map->groups, group);
		u64 last = end - group * LD_GROUP_FRAMES;
		u64 *words = map->words + index * LD_GROUP_WORDS;

		if (last > LD_GROUP_FRAMES)
			last = LD_GROUP_FRAMES;
		pfn += last - bit;
		while (bit < last && index < map->groups->nr) {
			u64 mask = track_word_mask(bit, last), old = track_get(&words[bit / 64]);

			if (on && (old & mask) != mask)
				track_set_bits(&words[bit / 64], mask);
			else if (!on && old & mask)
				track_clear_bits(&words[bit / 64], mask);
			bit = (bit / 64 + 1) * 64;
		}
	}
}

#endif
