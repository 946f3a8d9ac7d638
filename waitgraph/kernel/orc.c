// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * orc.c - entries of the tables for unwinding. Source: arch/x86/include/asm/orc_types.h
 * of Linux 5.10 to 7.2.
 *
 * The addresses are 32 bits each, relative to where they stand. An entry has two offsets
 * of 16 bits and 16 bits of flags: from the lowest 4 bits of the register that the stack
 * pointer is relative to, 4 bits for the frame pointer, then the type and the rest. Type
 * and registers have been numbered anew, and nothing in a dump says when. But in all
 * kernels most entries are of calls, relative to the stack pointer.
 */
#include <errno.h>
#include <string.h>

#include "orc.h"

#define ORC_ENTRY_SIZE	6U
#define ORC_MAX		(16U << 20)	/* entries */
#define ORC_SAMPLE	512U		/* entries that are looked at to recognize them */

struct orc_layout {
	u8 regs[16];			/* enum orc_reg */
	u8 call;			/* type of a call */
	bool typed;			/* 3 bits of type, with the end of the stack */
};

static const struct orc_layout orc_layouts[] = {
	{	/* Linux 5.10 to 6.3 */
		.regs = { ORC_UNDEFINED, ORC_PREV_SP, ORC_DX, ORC_DI, ORC_BP, ORC_SP, ORC_R10,
			  ORC_R13, ORC_BP_INDIRECT, ORC_SP_INDIRECT },
		.call = 0,
	}, {	/* 6.4 */
		.regs = { ORC_UNDEFINED, ORC_PREV_SP, ORC_DX, ORC_DI, ORC_BP, ORC_SP, ORC_R10,
			  ORC_R13, ORC_BP_INDIRECT, ORC_SP_INDIRECT },
		.call = 2,
		.typed = true,
	}, {	/* 6.18 and later */
		.regs = { ORC_UNDEFINED, ORC_AX, ORC_DX, ORC_SP, ORC_BP, ORC_DI, ORC_R10,
			  ORC_R13, ORC_PREV_SP, ORC_SP_INDIRECT, ORC_BP_INDIRECT },
		.call = 2,
		.typed = true,
	},
};

static int orc_read(struct memory *m, const struct orc_table *table, u64 i, u16 raw[3])
{
	return memory_read(m, table->entries + i * ORC_ENTRY_SIZE, raw, ORC_ENTRY_SIZE);
}

static enum orc_type orc_type_of(const struct orc_layout *layout, u16 flags)
{
	static const u8 by_number[8] = {
		ORC_TYPE_NONE, ORC_TYPE_END, ORC_TYPE_CALL, ORC_TYPE_REGS, ORC_TYPE_REGS_PARTIAL,
	};
	static const u8 before[4] = { ORC_TYPE_CALL, ORC_TYPE_REGS, ORC_TYPE_REGS_PARTIAL };

	if (layout->typed)
		return by_number[flags >> 8 & 7];
	/* Bit 10 or 11 is set where the stack ends. */
	if (layout->regs[flags & 15] == ORC_UNDEFINED)
		return flags >> 10 & 3 ? ORC_TYPE_END : ORC_TYPE_NONE;
	return before[flags >> 8 & 3];
}

static void orc_decode(const struct orc_layout *layout, const u16 raw[3], struct orc_entry *entry)
{
	u16 flags = raw[2];

	entry->sp_off = (int16_t)raw[0];
	entry->bp_off = (int16_t)raw[1];
	entry->sp = layout->regs[flags & 15];
	entry->bp = layout->regs[flags >> 4 & 15];
	entry->type = orc_type_of(layout, flags);
	if (layout->typed)
		entry->interrupted = flags >> 11 & 1;
	else
		entry->interrupted = entry->type == ORC_TYPE_REGS ||
				     entry->type == ORC_TYPE_REGS_PARTIAL;
}

const struct orc_layout *orc_recognize(struct memory *m, const struct orc_table *table)
{
	const size_t nr_layouts = sizeof(orc_layouts) / sizeof(*orc_layouts);
	unsigned int seen = 0, calls[sizeof(orc_layouts) / sizeof(*orc_layouts)] = { 0 };
	u16 raw[3];

	if (!table->nr || table->nr > ORC_MAX)
		return NULL;
	for (u64 i = 0; i < ORC_SAMPLE; i++) {
		if (orc_read(m, table, i * table->nr / ORC_SAMPLE, raw))
			continue;
		seen++;
		for (size_t j = 0; j < nr_layouts; j++)
			if (orc_layouts[j].regs[raw[2] & 15] == ORC_SP &&
			    (raw[2] >> 8 & 7) == orc_layouts[j].call)
				calls[j]++;
	}
	for (size_t j = 0; j < nr_layouts; j++)
		if (calls[j] > seen / 2)
			return &orc_layouts[j];
	return NULL;
}

/* The address that entry @i is for. */
static int orc_ip(struct memory *m, const struct orc_table *table, u64 i, u64 *ip)
{
	u64 at = table->ips + i * sizeof(s32);
	s32 relative;

	if (memory_read(m, at, &relative, sizeof(relative)))
		return -EFAULT;
	*ip = at + (u64)(s64)relative;
	return 0;
}

int orc_find(struct memory *m, const struct orc_layout *layout, const struct orc_table *table,
	     u64 ip, struct orc_entry *entry)
{
	u64 low = 0, high = table->nr, at;
	u16 raw[3];

	if (!layout || !table->nr || table->nr > ORC_MAX)
		return -EFAULT;
	/* The last entry at or before @ip. */
	while (low < high) {
		u64 mid = low + (high - low) / 2;

		if (orc_ip(m, table, mid, &at))
			return -EFAULT;
		if (at <= ip)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || orc_read(m, table, low - 1, raw))
		return -EFAULT;
	orc_decode(layout, raw, entry);
	return 0;
}
