/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kdump.h - the structures of a kdump-compressed file, version 6, for
 * 64-bit little-endian machines. Source: makedumpfile 1.7.8 IMPLEMENTATION
 * and diskdump_mod.h, crash 9.0.2 diskdump.h.
 */
#ifndef LIVEDUMP_KDUMP_H
#define LIVEDUMP_KDUMP_H

#include "port/port.h"

#define KDUMP_SIGNATURE		"KDUMP   "
#define KDUMP_HEADER_VERSION	6

struct kdump_header {
	char signature[8];	/* not terminated */
	s32 header_version;
	char utsname[6][65];
	char pad0[6];
	/*
	 * Always zero: libkdumpfile tries the 32-bit layout of this header
	 * first, and takes a small power of two in tv_usec for a block size.
	 */
	s64 tv_sec;
	s64 tv_usec;
	u32 status;		/* KDUMP_COMPRESSED_ and KDUMP_INCOMPLETE */
	s32 block_size;		/* bytes: the page size */
	s32 sub_hdr_size;	/* blocks */
	u32 bitmap_blocks;	/* blocks of both bitmaps together */
	u32 max_mapnr;		/* one past the last pfn, UINT_MAX if it is larger */
	u32 total_ram_blocks;
	u32 device_blocks;
	u32 written_blocks;
	u32 current_cpu;
	s32 nr_cpus;		/* NT_PRSTATUS notes */
};

struct kdump_sub_header {
	u64 phys_base;
	s32 dump_level;
	s32 split;
	u64 start_pfn;
	u64 end_pfn;
	u64 offset_vmcoreinfo;	/* bytes from the start of the file */
	u64 size_vmcoreinfo;
	u64 offset_note;	/* bytes from the start of the file */
	u64 size_note;
	u64 offset_eraseinfo;
	u64 size_eraseinfo;
	u64 start_pfn_64;
	u64 end_pfn_64;
	u64 max_mapnr_64;
};

/* One per bit set in bitmap 2, in ascending order of page frames. */
struct kdump_desc {
	s64 offset;		/* offset of the data, bytes from the start of the file */
	u32 size;		/* bytes of data; the page size if uncompressed */
	u32 flags;		/* KDUMP_COMPRESSED_, 0: uncompressed */
	u64 page_flags;		/* not used */
};

_Static_assert(sizeof(struct kdump_header) == 464, "kdump header");
_Static_assert(sizeof(struct kdump_sub_header) == 104, "kdump sub-header");
_Static_assert(sizeof(struct kdump_desc) == 24, "kdump page descriptor");

#endif
