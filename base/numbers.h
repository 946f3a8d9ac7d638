/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * numbers.h - parse and format numbers and sizes. The parsers return false if
 * @s is not valid. The result is then undefined.
 */
#ifndef LIVEDUMP_NUMBERS_H
#define LIVEDUMP_NUMBERS_H

#include "port/port.h"

/* Parse a decimal number from @min to @max. */
bool number_parse(const char *s, long min, long max, long *value);

/* Parse a decimal number from 1 to @max. */
bool number_count(const char *s, long max, unsigned int *count);

/*
 * Parse a size: a number of bytes, or of KiB, MiB, GiB or TiB with the suffix
 * K, M, G or T.
 */
bool number_size(const char *s, u64 *size);

/* Format a size for people, with decimal units: "512 bytes", "24.1 MB". */
void number_format_size(char *buf, size_t size, u64 bytes);

#endif
