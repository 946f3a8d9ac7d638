/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * keepmap.h - the keep map: which page frames are in the dump.
 *
 * It has a bit per page frame and becomes bitmap 2 of the dump. It is in
 * memory, or in the dump file itself, as its size grows with the memory of the
 * machine. In memory it has only groups with RAM; in the file groups without RAM
 * are holes. It can be in the file if the format has a place for it and the sink
 * can read it back. The owner of the file may change it, so the bits read back
 * must be as many as the bits written.
 */
#ifndef LIVEDUMP_KEEPMAP_H
#define LIVEDUMP_KEEPMAP_H

#include "core/pages/groups.h"
#include "core/sink.h"
#include "core/source.h"

struct ld_keepmap {
	struct ld_map map;	/* words are NULL: the bitmap is in the file */
	struct ld_sink *sink;	/* the file */
	u64 off;		/* place in the file, in bytes */
	u64 bits;		/* number of bits in the file: page frames */
	port_atomic64_t *count;	/* per group: bits set; when final, bits set before it */
	u64 total;		/* when final: bits set */
};

/* The group that a worker has loaded last. */
struct ld_group {
	u64 nr;			/* its bits were read from the file: index + 1; 0: none */
	u64 counted;		/* index + 1 of the group whose bits were counted; 0: none */
	unsigned int words_counted;
	unsigned int bits;	/* set in the first words_counted words */
	u64 words[LD_GROUP_WORDS];
};

/*
 * Open a keep map for the page frames of @src, whose groups are @groups. It is
 * at byte @off of @sink, or in memory if @sink is NULL. Returns 0 or a negative
 * errno. Close it in both cases, and before @groups.
 */
int ld_keepmap_open(struct ld_keepmap *k, const struct ld_source *src,
		    const struct ld_groups *groups, struct ld_sink *sink, u64 off);
void ld_keepmap_close(struct ld_keepmap *k);

/* The bits of @chunk. Only if the keep map is in memory. */
static inline u64 *ld_keepmap_chunk(const struct ld_keepmap *k, u64 chunk)
{
	return ld_map_chunk(&k->map, chunk);
}

/* The number of chunks with bits. Only if the keep map is in memory. */
u64 ld_keepmap_count_chunks(const struct ld_keepmap *k);

/* Store the bits of @chunk. Call it once for each chunk. Returns 0 or a negative errno. */
int ld_keepmap_store(struct ld_keepmap *k, u64 chunk, const u64 *keep);

/* Make the keep map final: count its bits. The bits do not change afterwards. */
void ld_keepmap_finalize(struct ld_keepmap *k);

/*
 * When the keep map is final: store the bits of @chunk in @keep and the number
 * of bits set before them in *@rank. @group belongs to the worker. Returns 0 or
 * a negative errno.
 */
int ld_keepmap_load(const struct ld_keepmap *k, struct ld_group *group, u64 chunk, u64 *keep,
		    u64 *rank);

#endif
