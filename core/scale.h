/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * scale.h - a * b / d where a * b may not fit into 64 bits. A time of 2 s is 2^31
 * ns and 64 TB are 2^34 page frames of 4 KiB: their product is 2^65.
 */
#ifndef LIVEDUMP_SCALE_H
#define LIVEDUMP_SCALE_H

#include "port/port.h"

#define LD_SCALE_MAX	(~0ULL)

/*
 * @a * @b / @d, rounded down. @d is not 0. LD_SCALE_MAX if the result does not
 * fit. The kernel has no division of 128 bits, and its own function for this
 * raises an exception on some processors if the result does not fit.
 */
static inline u64 ld_scale(u64 a, u64 b, u64 d)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	u64 high = (u64)(product >> 64), low = (u64)product;

	if (!high)
		return low / d;
	if (high >= d)
		return LD_SCALE_MAX;
	/* Long division, a bit at a time. @high is less than @d: a rest. */
	for (unsigned int i = 0; i < 64; i++) {
		bool carry = high >> 63;

		high = high << 1 | low >> 63;
		low <<= 1;
		if (carry || high >= d) {
			high -= d;
			low |= 1;
		}
	}
	return low;
}

/* @a + @b, or LD_SCALE_MAX if the sum does not fit. */
static inline u64 ld_add(u64 a, u64 b)
{
	return a > LD_SCALE_MAX - b ? LD_SCALE_MAX : a + b;
}

#endif
