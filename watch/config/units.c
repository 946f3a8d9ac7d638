// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * units.c - lengths of time as people write them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

#define UNITS_MAX_MS	(36500ULL * 86400 * 1000)

static const struct {
	const char *name;
	u64 ms;
} units[] = {
	{ "", 1000 },
	{ "ms", 1 },
	{ "s", 1000 },
	{ "min", 60 * 1000 },
	{ "h", 3600 * 1000 },
	{ "d", 86400 * 1000 },
};

bool units_time(const char *s, u64 *ms)
{
	unsigned long long number;
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	number = strtoull(s, &end, 10);
	if (errno)
		return false;
	end += strspn(end, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		if (number > UNITS_MAX_MS / units[i].ms)
			return false;
		*ms = number * units[i].ms;
		return true;
	}
	return false;
}
