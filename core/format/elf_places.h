/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * elf_places.h - where an ELF core has the data of its page frames.
 *
 * In most dumps the data follow each other as the page frames do. If some of them are
 * written early, see early.h, it is not known yet which ones come between them. Then
 * chunks are in any order, and each is in two parts: those page frames that were written
 * early, and the others. What has changed since is written again to the place that it has.
 */
#ifndef LIVEDUMP_ELF_PLACES_H
#define LIVEDUMP_ELF_PLACES_H

#include "format.h"

struct elf_places {
	const struct ld_layout *layout;
	size_t page;		/* bytes of a page frame */
	/* Byte offset of the data in the file; to be set before the rest is used. */
	u64 data_off;
	/* With early only. For each chunk: the place of what was not written early; 0: none. */
	u64 *others;
	port_atomic64_t used;	/* page frames that have a place */
};

/* @layout must stay until elf_places_close(). Returns 0 or -ENOMEM. Close it in both cases. */
int elf_places_open(struct elf_places *p, const struct ld_layout *layout);
void elf_places_close(struct elf_places *p);

/* With early: a place for the @nr page frames of @chunk. Workers may call it at the same time. */
u64 elf_places_take(struct elf_places *p, u64 nr);

/* The page frames @others of @chunk, which were not written early, are at @place. */
void elf_places_set_others(struct elf_places *p, u64 chunk, u64 place);

/*
 * The number of page frames from @pfn on whose data follow each other in the file. Those
 * up to @end are in the dump, and @rank others come before them. *@place is set to the
 * byte offset of the first. If @most, nothing is told of *@place, and the data of two parts
 * of chunks count as apart, as they may be when all are written.
 */
u64 elf_places_run(const struct elf_places *p, u64 pfn, u64 end, u64 rank, bool most, u64 *place);

/* The length of a file that has all of them, bytes. */
u64 elf_places_end(const struct elf_places *p);

#endif
