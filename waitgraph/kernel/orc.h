/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * orc.h - the kernel's tables for unwinding stacks: for each instruction where the
 * caller's stack pointer, frame pointer and return address are.
 */
#ifndef LIVEDUMP_WAITGRAPH_ORC_H
#define LIVEDUMP_WAITGRAPH_ORC_H

#include "waitgraph/memory/memory.h"

enum orc_reg {
	ORC_UNKNOWN,			/* a number that no kernel uses */
	ORC_UNDEFINED, ORC_PREV_SP, ORC_DX, ORC_DI, ORC_BP, ORC_SP, ORC_R10, ORC_R13,
	ORC_BP_INDIRECT, ORC_SP_INDIRECT, ORC_AX,
};

enum orc_type {
	ORC_TYPE_NONE,			/* not known, or no code */
	ORC_TYPE_END,			/* the outermost frame */
	ORC_TYPE_CALL, ORC_TYPE_REGS, ORC_TYPE_REGS_PARTIAL,
};

struct orc_entry {
	int16_t sp_off, bp_off;
	enum orc_reg sp, bp;
	enum orc_type type;
	bool interrupted;		/* the caller did not call: its address is exact */
};

struct orc_layout;

/* A pair of tables, sorted by address. */
struct orc_table {
	u64 ips, entries;		/* their addresses */
	u64 nr;				/* entries of each */
};

/*
 * Find out by the entries themselves which layout they have: NULL if none fits. All
 * tables of a kernel have the same.
 */
const struct orc_layout *orc_recognize(struct memory *m, const struct orc_table *table);

/* Find the entry for the instruction at @ip. Returns 0 or -EFAULT. */
int orc_find(struct memory *m, const struct orc_layout *layout, const struct orc_table *table,
	     u64 ip, struct orc_entry *entry);

#endif
