/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kallsyms.h - read the symbol table that a kernel has in its own memory. VMCOREINFO
 * has its addresses since Linux 6.0.
 */
#ifndef LIVEDUMP_WAITGRAPH_KALLSYMS_H
#define LIVEDUMP_WAITGRAPH_KALLSYMS_H

#include "base/error.h"
#include "core/format/vmcoreinfo.h"
#include "symbols.h"
#include "waitgraph/memory/memory.h"

/*
 * Add all symbols of the kernel that @s wants. Returns 0, or a negative errno and sets @err:
 * -ENOENT if VMCOREINFO does not tell where they are, -EBADMSG if they cannot be read.
 */
int kallsyms_read(struct memory *m, const struct vmcoreinfo *vi, struct symbols *s,
		  struct error *err);

#endif
