/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * seal.h - the seal: how a dump was made, how much data it has, and checksums, with
 * which it can be verified later.
 *
 * The seal is the description of an ELF note named LIVEDUMP, type LD_SEAL_TYPE,
 * in the byte order of the machine. Each checksum is the sum of the XXH64 hashes of
 * pieces, in any order. Newer hashes of that family (XXH3) are faster, but the module
 * computes the seal, too, and the kernel has xxh32() and xxh64() only. The seed of a
 * hash is the place of the piece:
 *
 *   data_sum	Pieces: each page frame in the dump, uncompressed. Seed: its pfn.
 *		For a page frame full of zeros the piece has 0 bytes.
 *   keep_sum	Pieces: each 64 bytes of bitmap 2 that are not all zero. Seed:
 *		the first pfn. A kdump-compressed file has this sum, an ELF
 *		file does not. An incomplete dump has only the pieces whose page
 *		frames were written.
 *		In an incomplete ELF file what was not written looks like page frames
 *		of zeros. There data_sum has no pieces of 0 bytes, and keep_sum is the
 *		same number again. In those of older writers the two are different, and
 *		neither can be compared.
 *   meta_sum	Pieces: everything before the data, except bitmap 2 and page
 *		descriptors. Seed: the byte offset in the file. Pieces of a
 *		kdump-compressed file: the block of the header, the blocks of
 *		sub-header and notes together, and each block of bitmap 1 that is
 *		not all zero. Pieces of an ELF file: the ELF header, each program
 *		header, section header 0 if there is one, and the notes. In the
 *		notes the seal counts as zeros. The seal is one more piece, with
 *		a meta_sum of zero.
 *
 * A reader that does not know the note ignores it. crash checks only the type, so this
 * has to be a type that no other note has. In the first dumps the type was 1, which is
 * NT_PRSTATUS, so crash counts one more CPU.
 */
#ifndef LIVEDUMP_SEAL_H
#define LIVEDUMP_SEAL_H

#include "port/port.h"

#define LD_SEAL_NAME		"LIVEDUMP"
#define LD_SEAL_TYPE		0x4c44534cU	/* "LSDL" in the file */
#define LD_SEAL_TYPE_OLD	1U
#define LD_SEAL_VERSION		2U
#define LD_SEAL_VERSION_1	1U		/* the members up to meta_sum */

#define LD_SEAL_UNSEEN_MAX	0xfffeU
#define LD_SEAL_UNSEEN_UNKNOWN	0xffffU

/* Bytes of bitmap 2 per piece of keep_sum: the bits of a chunk. */
#define LD_SEAL_KEEP_BYTES	64U

struct ld_seal {
	u32 version;
	u16 mode;		/* enum ld_mode, as from ld_mode_shown() */
	/*
	 * Page frames that devices wrote unseen, at most LD_SEAL_UNSEEN_MAX, or
	 * LD_SEAL_UNSEEN_UNKNOWN if that could not be found out. Only a pre-copied dump has
	 * any. An older reader reads mode and unseen as one u32 mode,
	 * which it does not know if unseen is not 0.
	 */
	u16 unseen;
	u64 file_bytes;		/* length of the file; if flattened: after rearranging it */
	u64 pages;		/* page frames whose data is in the dump */
	u64 frozen;		/* page frames that were read while the system was paused */
	u64 pause_ns;		/* length of the pause */
	u64 data_sum;
	u64 keep_sum;
	u64 meta_sum;

	/*
	 * Bytes that no page frame in the dump uses, because the file was begun before it was
	 * known which page frames are in the dump. spared: zeros instead of page descriptors,
	 * before the data, or in an ELF file instead of PT_LOAD headers, before the notes and
	 * after section header 0, if there is one. If spared is not 0, the data of an ELF file
	 * is in any order. overwritten: data.
	 */
	u64 spared;
	u64 overwritten;
};

/* The size of the note. */
static inline size_t ld_seal_bytes(const struct ld_seal *seal)
{
	return seal->version == LD_SEAL_VERSION_1 ? offsetof(struct ld_seal, spared) :
						    sizeof(*seal);
}

/* Whether data_sum of an incomplete ELF file can be compared: of other dumps it always can. */
static inline bool ld_seal_has_content(const struct ld_seal *seal)
{
	return seal->data_sum == seal->keep_sum;
}

/* The hash of page frame @pfn for data_sum. @page has @size bytes. NULL: full of zeros. */
static inline u64 ld_seal_page(const void *page, size_t size, u64 pfn)
{
	return port_hash64(page, page ? size : 0, pfn);
}

/*
 * Add a piece to meta_sum: @len bytes at byte @off of the file. Only one caller
 * at a time.
 */
static inline void ld_seal_meta(struct ld_seal *seal, u64 off, const void *piece, size_t len)
{
	seal->meta_sum += port_hash64(piece, len, off);
}

/* Add the last piece: the seal itself, which is at byte @off of the file. */
static inline void ld_seal_close(struct ld_seal *seal, u64 off)
{
	struct ld_seal piece = *seal;

	piece.meta_sum = 0;
	ld_seal_meta(seal, off, &piece, ld_seal_bytes(&piece));
}

#endif
