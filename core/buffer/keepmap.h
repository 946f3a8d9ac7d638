/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * keepmap.h - which page frames are in the dump: its bitmap 2, while it is made.
 *
 * It has a bit per page frame. It is in memory, or, as it grows with the machine,
 * in the dump file itself, if the format has a place for it there and the sink can
 * read it back. The owner of the file may change it, so what was read back has to
 * have as many bits as were written.
 */
#ifndef LIVEDUMP_KEEPMAP_H
#define LIVEDUMP_KEEPMAP_H

#include "core/pages/bitmap.h"
#include "core/sink.h"
#include "core/source.h"

/* Chunks whose bits are counted, and read back, together. */
#define LD_GROUP		64U
#define LD_GROUP_WORDS		(LD_GROUP * LD_CHUNK_WORDS)

struct ld_keepmap {
	u64 nr_chunks;
	u64 nr_groups;
	u64 *map;		/* NULL: it is in the file, */
	struct ld_sink *sink;	/* this one, */
	u64 off;		/* at this byte */
	u64 bits;		/* page frames that it has bits for */
	port_atomic64_t *count;	/* per group: bits set; once final, bits before it */
	u64 total;		/* once final: bits set */
};

/* The group that a worker has read last. */
struct ld_group {
	u64 nr;			/* which one, plus 1; 0: none */
	u64 words[LD_GROUP_WORDS];
};

/*
 * For the page frames of @src; at byte @off of @sink, or in memory if @sink is
 * NULL. Returns 0 or a negative errno; close it after either.
 */
int ld_keepmap_open(struct ld_keepmap *k, const struct ld_source *src, struct ld_sink *sink,
		    u64 off);
void ld_keepmap_close(struct ld_keepmap *k);

/* The bits of @chunk, as they are in memory. Only if they are. */
static inline u64 *ld_keepmap_chunk(const struct ld_keepmap *k, u64 chunk)
{
	return k->map + chunk * LD_CHUNK_WORDS;
}

/* Store the bits of @chunk. Once for each chunk. Returns 0 or a negative errno. */
int ld_keepmap_store(struct ld_keepmap *k, u64 chunk, const u64 *keep);

/* The bits are final from here on. */
void ld_keepmap_finalize(struct ld_keepmap *k);

/*
 * After that: the bits of @chunk, and how many there are before them. @group
 * is the worker's. Returns 0 or a negative errno.
 */
int ld_keepmap_load(const struct ld_keepmap *k, struct ld_group *group, u64 chunk, u64 *keep,
		    u64 *rank);

#endif
