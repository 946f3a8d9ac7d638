/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * source_kernel.h - the memory source of the module.
 */
#ifndef LIVEDUMP_SOURCE_KERNEL_H
#define LIVEDUMP_SOURCE_KERNEL_H

#include "core/dump/dump.h"

/* A read ends early if @control is cancelled. Returns 0 or a negative errno. */
int livedump_source_open(struct ld_source **src, const struct ld_control *control,
			 enum ld_mode mode);
void livedump_source_close(struct ld_source *src);

/*
 * For struct ld_selfcheck: whether the freeze itself wrote to @pfn, for example to a stack.
 * If not, livedump_source_differs() logs what the page frame is used for: it may tell who did.
 */
bool livedump_source_wrote(struct ld_source *src, u64 pfn);
void livedump_source_differs(struct ld_source *src, u64 pfn);

#endif
