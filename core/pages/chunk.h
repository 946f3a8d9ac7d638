/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * chunk.h - what a worker does with one chunk of page frames: classify it,
 * and copy some of it.
 */
#ifndef LIVEDUMP_CHUNK_H
#define LIVEDUMP_CHUNK_H

#include "bitmap.h"
#include "filter.h"
#include "core/source.h"

/* The page frames of a chunk at the moment of the scan. */
struct ld_scan {
	u8 type[LD_CHUNK];		/* enum ld_page_type; valid where ram is set */
	u64 ram[LD_CHUNK_WORDS];	/* is RAM */
	u64 keep[LD_CHUNK_WORDS];	/* the dump level keeps it */
	u16 frames[LD_NR_TYPES];	/* page frames per page type */
	u16 page_flags[LD_CHUNK];
};

/* Whether page frame @pfn is in a range of @src. */
bool ld_is_ram(const struct ld_source *src, u64 pfn);

/* Classify the page frames of chunk @chunk. Returns 0 or a negative errno. */
int ld_chunk_scan(struct ld_source *src, unsigned int worker, u64 chunk,
		  unsigned int level, struct ld_scan *scan);

/*
 * Copy the page frames of chunk @chunk whose bit is set in @want to @buf, one
 * directly after the other. Sets bit i of @bad if page frame i of the chunk is
 * set in @want and cannot be read. Returns 0 or a negative errno.
 */
int ld_chunk_read(struct ld_source *src, unsigned int worker, u64 chunk,
		  const u64 *want, void *buf, u64 *bad);

#endif
