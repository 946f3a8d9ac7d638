/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * seal.h - what a dump says of itself, so that it can be checked later: how it
 * was made, how much there is of it, and checksums of all of it.
 *
 * It is the description of an ELF note named LIVEDUMP, type 1, in the byte
 * order of the machine. Each checksum is the sum of the XXH64 hashes of
 * pieces, each with its place as seed, so that they can be taken in any order:
 *
 *   data_sum	each page frame in the dump, uncompressed, seed: its pfn. Of one
 *		full of zeros the hash of nothing
 *   keep_sum	bitmap 2 in pieces of 64 bytes that are not all zero, seed: the
 *		first pfn. A kdump-compressed file has it, an ELF file does not.
 *		In an incomplete dump only the pieces whose page frames are there
 *   meta_sum	what is before the data and is neither bitmap 2 nor a page
 *		descriptor; seed: where in the file the piece is. In a
 *		kdump-compressed file the header's block, the blocks of sub-header
 *		and notes together, and each block of bitmap 1 that is not all
 *		zero; in an ELF file the ELF header, each program header, section
 *		header 0 if there is one, and the notes. The seal in the notes
 *		counts as zeros; it is a piece of its own, its meta_sum zero
 *
 * A reader that does not know the note passes it over.
 */
#ifndef LIVEDUMP_SEAL_H
#define LIVEDUMP_SEAL_H

#include "port/port.h"

#define LD_SEAL_NAME		"LIVEDUMP"
#define LD_SEAL_TYPE		1U
#define LD_SEAL_VERSION		1U

/* Bytes of bitmap 2 per piece of keep_sum: a chunk's. */
#define LD_SEAL_KEEP_BYTES	64U

struct ld_seal {
	u32 version;
	u32 mode;		/* enum ld_mode */
	u64 file_bytes;		/* length of the file, once it can be seeked */
	u64 pages;		/* page frames whose data is there */
	u64 frozen;		/* of these, read while everything stood still */
	u64 pause_ns;		/* for that long */
	u64 data_sum;
	u64 keep_sum;
	u64 meta_sum;
};

/* Add a piece of meta_sum: @len bytes at byte @off of the file. One caller at a time. */
static inline void ld_seal_meta(struct ld_seal *seal, u64 off, const void *piece, size_t len)
{
	seal->meta_sum += port_hash64(piece, len, off);
}

/* The last piece, the seal itself, which is in the file at byte @off. */
static inline void ld_seal_close(struct ld_seal *seal, u64 off)
{
	struct ld_seal piece = *seal;

	piece.meta_sum = 0;
	ld_seal_meta(seal, off, &piece, sizeof(piece));
}

#endif
