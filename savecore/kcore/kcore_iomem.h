/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kcore_iomem.h - the memory that is reserved for a crash kernel, from
 * /proc/iomem.
 */
#ifndef LIVEDUMP_KCORE_IOMEM_H
#define LIVEDUMP_KCORE_IOMEM_H

#include "base/error.h"
#include "core/source.h"

/*
 * Read the "Crash kernel" lines of @fd as ranges of page frames, in the
 * order of the file; the caller frees *ranges. The kernel shows zeros instead
 * of addresses to a process without CAP_SYS_ADMIN: such lines are ignored.
 * On failure returns a negative errno with @err set. @name is the file's name
 * in messages.
 */
int kcore_iomem_crash(int fd, unsigned int page_shift, struct ld_range **ranges,
		      unsigned int *nr, const char *name, struct error *err);

#endif
