/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * page_tables.h - a fake kernel with page tables, for what reads dumps by address.
 */
#ifndef LIVEDUMP_TESTS_PAGE_TABLES_H
#define LIVEDUMP_TESTS_PAGE_TABLES_H

#include <stdlib.h>
#include <string.h>

#include "core/format/notes.h"
#include "tests/unit/job.h"

static inline void make_table(struct job *j, u64 pfn, unsigned int index, u64 to)
{
	u64 entry = to * FAKE_PAGE | 0x63;

	memcpy(fake_page(&j->src, pfn) + index * sizeof(entry), &entry, sizeof(entry));
}

/*
 * A kernel of four page tables, in page frames 4 to 7. The pages from TEXT + 16 on
 * are frames 30, 20, one that is not in the dump, and none.
 */
#define TEXT		0xffffffff81000000ULL
#define TABLES		4U

static inline void make_tables(struct job *j)
{
	static const char info[] =
		"OSRELEASE=6.1.0-fake\nPAGESIZE=4096\nNUMBER(phys_base)=-16777216\n"
		"SYMBOL(swapper_pg_dir)=ffffffff81004000\nSYMBOL(init_top_pgt)=ffffffff81004000\n"
		"NUMBER(pgtable_l5_enabled)=0\nSYMBOL(_stext)=ffffffff81000000\n";
	struct ld_system *sys = &j->src.src.system;

	free(j->src.notes);
	j->src.notes = malloc(ld_notes_size(sys, sizeof(info) - 1));
	ld_notes_build(sys, j->src.notes, info, sizeof(info) - 1, false);
	sys->phys_base = (u64)-16777216;
	for (unsigned int i = 0; i < 4; i++)
		memset(fake_page(&j->src, TABLES + i), 0, FAKE_PAGE);
	for (unsigned int i = 0; i < 3; i++)
		make_table(j, TABLES + i, TEXT >> (39 - 9 * i) & 511, TABLES + i + 1);
	for (unsigned int i = 0; i < 16; i++)
		make_table(j, TABLES + 3, i, i);
	make_table(j, TABLES + 3, 16, 30);
	make_table(j, TABLES + 3, 17, 20);
	make_table(j, TABLES + 3, 18, 45);
	/* The page table of the next 2 MB is not in the dump. */
	make_table(j, TABLES + 2, (TEXT >> 21 & 511) + 1, 45);
}

#endif
