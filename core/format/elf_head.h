/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * elf_head.h - what comes before the data in an ELF core: its header, the program headers
 * and the notes.
 */
#ifndef LIVEDUMP_ELF_HEAD_H
#define LIVEDUMP_ELF_HEAD_H

#include "elf_places.h"

/* The state of the format. */
struct elf {
	struct ld_layout l;
	size_t page;
	u64 nr_phdr;
	u64 max_phdr;		/* as many as there is space for */
	u64 notes_off;
	struct elf_places places;
	u8 *blank;		/* a page of zeros */
	port_atomic64_t overwritten;	/* bytes of data that were written early in vain */
};

static inline int elf_write(struct elf *e, u64 off, const void *buf, size_t len)
{
	return e->l.sink->ops->write(e->l.sink, off, buf, len);
}

/*
 * Count the program headers, and compute the offsets of all parts. Returns 0 or a negative
 * errno: -EOVERFLOW if they are too many.
 */
int elf_place_parts(struct elf *e);

/*
 * With early, now that keep is final: returns 0 if there is space for all program headers,
 * -ENOMEM if not, or another negative errno.
 */
int elf_check_phdrs(struct elf *e);

/* Bytes that program headers have space for and do not use. */
u64 elf_spared(const struct elf *e);

/* All data has its place. */
int elf_write_phdrs(struct elf *e);
int elf_write_notes(struct elf *e);

/* @seal: the header is final, so add it to the checksum in the seal. */
int elf_write_ehdr(struct elf *e, bool incomplete, bool seal);

#endif
