/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * image.h - the page frames of the kernel's image that it maps read-only.
 *
 * Nobody gives them away, and nobody maps them otherwise for a while, as is done with
 * the memory of modules. So a page frame of the image is
 *
 *	fixed	written to by nobody as long as its entry is the same, but for
 *	code	of these: code, which the kernel patches by page tables of their own.
 *		It counts how often it does.
 *
 * Nothing here calls the kernel: user space tests the same code.
 */
#ifndef LIVEDUMP_TRACK_IMAGE_H
#define LIVEDUMP_TRACK_IMAGE_H

#include "core/pages/groups.h"

/* Empty unless it is known where the image is. */
struct track_image {
	u64 start;	/* addresses */
	u64 end;
	u64 first;	/* page frame at start; the others follow */
	u64 *fixed;	/* a bit for each page frame */
	u64 *code;
	bool counted;	/* it is known how often code is patched; else it is not fixed */
};

/*
 * Where the image begins and ends, in whole chunks; if not, it stays empty. Returns 0
 * or -ENOMEM. Close it in both cases.
 */
int track_image_open(struct track_image *image, u64 start, u64 end, u64 first);
void track_image_close(struct track_image *image);

/* The @nr page frames from @pfn on are mapped read-only at @at. */
void track_image_add(struct track_image *image, u64 at, u64 pfn, u64 nr, bool code);

/* The mapping of the @nr pages at @at has changed. It counts as any other from now on. */
void track_image_drop(struct track_image *image, u64 at, u64 nr);

/* The fixed page frames of @chunk, LD_CHUNK_WORDS words, or NULL if there are none. */
const u64 *track_image_fixed(const struct track_image *image, u64 chunk);

/* Code was patched: add it to @changed. Others may do so with other page frames. */
void track_image_patched(const struct track_image *image, struct ld_map *changed);

#endif
