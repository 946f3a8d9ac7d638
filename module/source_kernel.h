/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * source_kernel.h - the memory source of the module.
 */
#ifndef LIVEDUMP_SOURCE_KERNEL_H
#define LIVEDUMP_SOURCE_KERNEL_H

#include "core/capture/dump.h"

/*
 * When @control is cancelled a read ends. Returns 0 or a negative errno.
 */
int livedump_source_open(struct ld_source **src, const struct ld_control *control,
			 enum ld_mode mode);
void livedump_source_close(struct ld_source *src);

/* Whether a freeze of this source wrote to page frame @pfn itself, with a stack or the like. */
bool livedump_source_wrote(struct ld_source *src, u64 pfn);

#endif
