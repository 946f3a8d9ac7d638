/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LIVEDUMP_ZEROS_H
#define LIVEDUMP_ZEROS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether @len bytes at @buf, of any alignment, are all zero. */
static inline bool is_zeros(const void *buf, size_t len)
{
	const unsigned char *at = buf;

	return !len || (!at[0] && !memcmp(at, at + 1, len - 1));
}

#endif
