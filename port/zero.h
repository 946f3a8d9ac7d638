/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * zero.h - test whether memory is all zero.
 */
#ifndef LIVEDUMP_ZERO_H
#define LIVEDUMP_ZERO_H

#include "port.h"

/* The buffer may be an object of any type, so accesses may alias. */
typedef u64 __attribute__((__may_alias__)) ld_zero_word;

/* Whether the @len bytes at @buf are all zero. Fastest when @buf is aligned to 8 bytes. */
static inline bool ld_is_zero(const void *buf, size_t len)
{
	const u8 *at = buf, *end = at + len;
	const ld_zero_word *p;

	for (; at < end && (size_t)at % sizeof(*p); at++)
		if (*at)
			return false;
	/* Most pages that are not zero differ in their first words. */
	for (p = (const void *)at; (size_t)(end - (const u8 *)p) >= 8 * sizeof(*p); p += 8)
		if (p[0] | p[1] | p[2] | p[3] | p[4] | p[5] | p[6] | p[7])
			return false;
	for (at = (const void *)p; at < end; at++)
		if (*at)
			return false;
	return true;
}

#endif
