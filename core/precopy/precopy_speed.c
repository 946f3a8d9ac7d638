// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * precopy_speed.c - how long it takes to copy a page frame.
 */
#include "core/scale.h"
#include "precopy_speed.h"

/* Buckets are in 1/256 ns: copying one page frame may take less than 1 ns. */
#define SPEED_FRACTION	256U

unsigned int ld_speed_class(u64 frames)
{
	return frames < 4 ? 0 : frames < 16 ? 1 : frames < 128 ? 2 : 3;
}

/* Each power of two has four buckets. */
static unsigned int speed_bucket(u64 time)
{
	unsigned int bits = 0, i;

	if (time < 4)
		return (unsigned int)time;
	while (time >> bits > 7)
		bits++;
	i = 4 * (bits + 1) + (unsigned int)(time >> bits & 3);
	return i < SPEED_BUCKETS ? i : SPEED_BUCKETS - 1;
}

void ld_speed_add(struct ld_speed *speed, u64 nr, u64 ns)
{
	struct ld_speed_bucket *bucket;

	if (!nr)
		return;
	bucket = &speed->bucket[speed_bucket(ld_scale(ns, SPEED_FRACTION, nr))];
	bucket->nr += nr;
	bucket->ns += ns;
}

static struct ld_speed_bucket speed_sum(const struct ld_speed *speed, unsigned int workers,
					size_t each, unsigned int i)
{
	struct ld_speed_bucket sum = { 0, 0 };

	for (unsigned int w = 0; w < workers; w++) {
		const struct ld_speed *of = (const void *)((const u8 *)speed + w * each);

		sum.nr += of->bucket[i].nr;
		sum.ns += of->bucket[i].ns;
	}
	return sum;
}

u64 ld_speed_median(const struct ld_speed *speed, unsigned int workers, size_t each, u64 least,
		    u64 unknown)
{
	u64 all = 0, below = 0;

	for (unsigned int i = 0; i < SPEED_BUCKETS; i++)
		all += speed_sum(speed, workers, each, i).nr;
	if (!all || all < least)
		return unknown;
	for (unsigned int i = 0; i < SPEED_BUCKETS; i++) {
		struct ld_speed_bucket sum = speed_sum(speed, workers, each, i);

		below += sum.nr;
		if (below * 2 >= all)
			return ld_scale(sum.ns, SPEED_UNIT, sum.nr);
	}
	return unknown;
}
