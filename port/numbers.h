/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * numbers.h - numbers and sizes as people write them. What reads returns
 * false, and may have changed the result, if @s is anything else.
 */
#ifndef LIVEDUMP_NUMBERS_H
#define LIVEDUMP_NUMBERS_H

#include "port.h"

/* A decimal number, from @min to @max. */
bool number_parse(const char *s, long min, long max, long *value);

/* One from 1 to @max. */
bool number_count(const char *s, long max, unsigned int *count);

/* Bytes, or a number of KiB, MiB, GiB or TiB with K, M, G or T after it. */
bool number_size(const char *s, u64 *size);

/* The other way round, for people: "512 bytes", "24.1 MB". */
void number_format_size(char *buf, size_t size, u64 bytes);

#endif
