// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * numbers.c - parse and format numbers and sizes.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"

bool number_parse(const char *s, long min, long max, long *value)
{
	char *end;

	if ((*s < '0' || *s > '9') && *s != '-')
		return false;
	errno = 0;
	*value = strtol(s, &end, 10);
	return !errno && end != s && !*end && *value >= min && *value <= max;
}

bool number_count(const char *s, long max, unsigned int *count)
{
	long value;

	if (!number_parse(s, 1, max, &value))
		return false;
	*count = (unsigned int)value;
	return true;
}

bool number_size(const char *s, u64 *size)
{
	static const char units[] = "KMGT";
	unsigned int shift = 0;
	const char *unit;
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*size = strtoull(s, &end, 10);
	if (errno)
		return false;
	if (*end) {
		unit = strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end);
		if (!unit || end[1])
			return false;
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	if (*size > UINT64_MAX >> shift)
		return false;
	*size <<= shift;
	return true;
}

void number_format_size(char *buf, size_t size, u64 bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	double value = (double)bytes;
	int unit = -1;

	/* A value that rounds to 1000.0 is printed in the next unit. */
	while (value >= (unit < 0 ? 1000 : 999.95) && unit < 5) {
		value /= 1000;
		unit++;
	}
	if (unit < 0)
		snprintf(buf, size, "%" PRIu64 " bytes", bytes);
	else
		snprintf(buf, size, "%.1f %s", value, units[unit]);
}
