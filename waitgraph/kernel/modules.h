/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * modules.h - the modules of a kernel: where they are, their symbols, and their
 * tables for unwinding.
 */
#ifndef LIVEDUMP_WAITGRAPH_MODULES_H
#define LIVEDUMP_WAITGRAPH_MODULES_H

#include "base/error.h"
#include "waitgraph/memory/memory.h"
#include "waitgraph/symbols/symbols.h"
#include "waitgraph/types/types.h"

#define MODULES_MAX		4096U
#define MODULES_NAME_SIZE	64U

struct module_info {
	char name[MODULES_NAME_SIZE];
	u64 orc_ip, orc;		/* addresses of its tables for unwinding */
	u64 nr_orc;			/* entries of each; 0: it has none */
	bool torn;			/* its symbols could not be read */
};

struct modules {
	struct module_info *all;
	u32 nr;				/* a symbol's module is its number here + 1 */
	bool torn;			/* the list of modules could not be read to its end */
};

/*
 * Read the list of modules, and add their symbols and regions to @s, which must be
 * sorted afterwards. Returns 0, or a negative errno and sets @err: if the types lack
 * something or there is not enough memory. Broken structures only end what they are in.
 */
int modules_read(struct modules *mods, struct memory *m, const struct types *t,
		 struct symbols *s, struct error *err);
void modules_free(struct modules *mods);

/*
 * How many modules lack symbols, so that stacks through them end early. If the list could not
 * be read to its end, there are more than that.
 */
u32 modules_unreadable(const struct modules *mods);

/* The name of the module with number @module of a symbol; NULL: the kernel itself. */
const char *modules_name(const struct modules *mods, u32 module);

#endif
