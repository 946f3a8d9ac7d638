/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * marker.h - the texts that no dump may contain. A text is computed, so only
 * memory and files that a test fills hold it.
 */
#ifndef MARKER_H
#define MARKER_H

#include <stdint.h>

#define MARKER_LEN	64

/* The marker of this name; "" has one, too. */
static inline void make_marker(char *out, const char *name)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	uint64_t x = 0x9e3779b97f4a7c15;

	for (; *name; name++)
		x = (x ^ (unsigned char)*name) * 0x100000001b3;
	for (int i = 0; i < MARKER_LEN; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		out[i] = set[(x >> 32) % (sizeof(set) - 1)];
	}
}

#endif
