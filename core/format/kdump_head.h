/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kdump_head.h - what a kdump-compressed file has before its page descriptors: header,
 * sub-header, notes and bitmaps. A block is a page.
 *
 * Functions that write return 0 or a negative errno.
 */
#ifndef LIVEDUMP_KDUMP_HEAD_H
#define LIVEDUMP_KDUMP_HEAD_H

#include "format.h"

/* Byte offsets of the notes, of bitmap 2 and of the page descriptors. */
u64 kdump_notes_off(const struct ld_source *src);
u64 kdump_keep_off(const struct ld_source *src);
u64 kdump_desc_off(const struct ld_source *src);

/* Blocks per bitmap. */
u64 kdump_bitmap_blocks(const struct ld_source *src);

/* @seal: the header is final, so add it to the checksum in the seal. */
int kdump_write_header(const struct ld_layout *l, bool incomplete, bool seal);

/* With the notes. */
int kdump_write_sub_header(const struct ld_layout *l);

/* Bitmap 1, a block at a time. Blocks without RAM are holes in the file. */
int kdump_write_ram_bitmap(const struct ld_layout *l);

/* Bitmap 2 from memory. Groups without kept page frames are holes in the file. */
int kdump_write_keep_bitmap(const struct ld_layout *l);

#endif
