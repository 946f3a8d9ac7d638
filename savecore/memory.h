/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory.h - how much memory a dump may pin when the user does not say.
 */
#ifndef LIVEDUMP_MEMORY_H
#define LIVEDUMP_MEMORY_H

#include "../core/port.h"

/* MemAvailable in bytes, out of the text of /proc/meminfo. */
bool memory_available(const char *meminfo, u64 *bytes);

/*
 * Half of what this machine has available, whichever memory is dumped, or a
 * quarter if it will be the kernel's own: nobody can be killed for that. 0 when
 * it is not known: the dump then pins nothing.
 */
u64 memory_default(bool kernel);

#endif
