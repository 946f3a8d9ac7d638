/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rlimit.h - lower the limits of this process.
 */
#ifndef LIVEDUMP_RLIMIT_H
#define LIVEDUMP_RLIMIT_H

#include "port/port.h"

/* Lower the limit @resource, RLIMIT_, to @value if it is higher. */
void rlimit_lower(int resource, u64 value);

/* Let this process map at most @bytes more than it has mapped. */
void rlimit_lower_space(u64 bytes);

#endif
