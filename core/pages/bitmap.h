/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bitmap.h - a bit per page frame, in u64 words, lowest bit first. On a
 * little-endian machine these words have the format of the bitmaps in a dump.
 */
#ifndef LIVEDUMP_BITMAP_H
#define LIVEDUMP_BITMAP_H

#include "port/port.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "dumps are written in the byte order of little-endian machines only"
#endif

static inline bool ld_bit(const u64 *map, u64 bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

static inline void ld_bit_set(u64 *map, u64 bit)
{
	map[bit / 64] |= 1ULL << (bit % 64);
}

static inline void ld_bit_clear(u64 *map, u64 bit)
{
	map[bit / 64] &= ~(1ULL << (bit % 64));
}

/* Set bits @bit .. @end - 1. */
static inline void ld_bits_set(u64 *map, u64 bit, u64 end)
{
	while (bit < end) {
		u64 word = bit / 64, n = 64 - bit % 64;

		if (n > end - bit)
			n = end - bit;
		map[word] |= (~0ULL >> (64 - n)) << (bit % 64);
		bit += n;
	}
}

/* The number of bits set in a word, without a library call. */
static inline unsigned int ld_popcount(u64 w)
{
	w -= w >> 1 & 0x5555555555555555ULL;
	w = (w & 0x3333333333333333ULL) + (w >> 2 & 0x3333333333333333ULL);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (unsigned int)(w * 0x0101010101010101ULL >> 56);
}

static inline unsigned int ld_weight(const u64 *map, unsigned int words)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < words; i++)
		n += ld_popcount(map[i]);
	return n;
}

/* The number of bits of @map that are set below @bit. */
static inline u64 ld_rank(const u64 *map, u64 bit)
{
	u64 rank = ld_weight(map, (unsigned int)(bit / 64));

	return bit % 64 ? rank + ld_popcount(map[bit / 64] << (64 - bit % 64)) : rank;
}

/* Returns the first bit at or after @bit that is @value, or @end if there is none. */
static inline u64 ld_bit_next(const u64 *map, u64 bit, u64 end, bool value)
{
	while (bit < end) {
		u64 w = map[bit / 64];

		w = (value ? w : ~w) >> (bit % 64);
		if (w) {
			bit += (unsigned int)__builtin_ctzll(w);
			return bit < end ? bit : end;
		}
		bit = (bit / 64 + 1) * 64;
	}
	return end;
}

#endif
