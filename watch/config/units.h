/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * units.h - lengths of time as people write them.
 */
#ifndef LIVEDUMP_WATCH_UNITS_H
#define LIVEDUMP_WATCH_UNITS_H

#include "port/port.h"

/*
 * Parse a number with a unit, ms, s, min, h or d; without one it is seconds. Returns
 * false if it is none, or more than a hundred years.
 */
bool units_time(const char *s, u64 *ms);

#endif
