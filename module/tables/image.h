/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * image.h - the read-only page frames of the kernel image.
 *
 * Unlike the memory of modules, they are never freed, and never mapped in another way
 * for a while. So two bitmaps describe them:
 *
 *	fixed	nobody writes the page frame as long as its entry is the same, except for
 *	code	a subset: the kernel patches this code through separate page tables,
 *		and counts the patches.
 *
 * Nothing here calls the kernel: user space tests the same code.
 */
#ifndef LIVEDUMP_TRACK_IMAGE_H
#define LIVEDUMP_TRACK_IMAGE_H

#include "core/pages/groups.h"

/* Empty if the place of the image is not known. */
struct track_image {
	u64 start;	/* virtual addresses */
	u64 end;
	u64 first;	/* pfn at start; the image is contiguous */
	u64 *fixed;	/* a bit for each page frame */
	u64 *code;
	bool counted;	/* patches of code are counted; if not, code is not fixed */
};

/*
 * Set up @image for addresses @start .. @end - 1 and page frames from @first on. It stays empty
 * if these are not aligned to chunks. Returns 0 or -ENOMEM. Close it in both cases.
 */
int track_image_open(struct track_image *image, u64 start, u64 end, u64 first);
void track_image_close(struct track_image *image);

/* Note that page frames @pfn .. @pfn + @nr - 1 are mapped read-only at @at. */
void track_image_add(struct track_image *image, u64 at, u64 pfn, u64 nr, bool code);

/* The mapping of the @nr pages at @at has changed: they are not fixed any more. */
void track_image_drop(struct track_image *image, u64 at, u64 nr);

/* The fixed page frames of @chunk, LD_CHUNK_WORDS words, or NULL if there are none. */
const u64 *track_image_fixed(const struct track_image *image, u64 chunk);

/* Code was patched: mark all of it in @changed. Others may set other bits meanwhile. */
void track_image_patched(const struct track_image *image, struct ld_map *changed);

#endif
