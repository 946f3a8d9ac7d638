/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel.h - a kernel in memory: its symbols, its types, its modules.
 */
#ifndef LIVEDUMP_WAITGRAPH_KERNEL_H
#define LIVEDUMP_WAITGRAPH_KERNEL_H

#include "base/error.h"
#include "core/format/vmcoreinfo.h"
#include "modules.h"
#include "orc.h"
#include "waitgraph/memory/memory.h"
#include "waitgraph/symbols/kernel_file.h"
#include "waitgraph/symbols/symbols.h"
#include "waitgraph/types/types.h"

/* Files with what the dump may lack. */
struct kernel_files {
	struct kernel_file symbols;
	struct kernel_file types;
};

struct kernel {
	struct memory *m;		/* the caller's */
	struct symbols symbols;
	struct types types;
	struct modules modules;
	struct orc_table orc;
	const struct orc_layout *orc_layout;	/* NULL: no layout fits */
};

/*
 * Read symbols, types and modules. The caller must call kernel_close() even after an
 * error. Returns 0, or a negative errno and sets @err.
 */
int kernel_open(struct kernel *k, struct memory *m, const struct vmcoreinfo *vi,
		const struct kernel_files *files, struct error *err);
void kernel_close(struct kernel *k);

/* Find the entry for the instruction at @ip in the kernel or in a module. 0 or -EFAULT. */
int kernel_find_orc(const struct kernel *k, u64 ip, struct orc_entry *entry);

#define KERNEL_PLACE_SIZE	(SYMBOLS_NAME_MAX + MODULES_NAME_SIZE + 32)

/*
 * Format @addr as "function+0x1a [module]", printable whatever the names are. @exact:
 * it is an instruction, or data; otherwise it is a return address, and belongs to the
 * call before it. Without an offset if that is 0.
 */
const char *kernel_place(const struct kernel *k, u64 addr, bool exact,
			 char buf[KERNEL_PLACE_SIZE]);

/* Format the address of data as "name", or "name+0x1a": the module is left out. */
const char *kernel_data(const struct kernel *k, u64 addr, char buf[KERNEL_PLACE_SIZE]);

#endif
