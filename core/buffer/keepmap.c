// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * keepmap.c - the keep map: which page frames are in the dump.
 */
#include "core/pages/chunk.h"
#include "keepmap.h"

#define CHUNK_BYTES	(LD_CHUNK_WORDS * sizeof(u64))

int ld_keepmap_open(struct ld_keepmap *k, const struct ld_source *src, struct ld_sink *sink,
		    u64 off)
{
	memset(k, 0, sizeof(*k));
	k->nr_chunks = ld_chunk_count(src);
	k->nr_groups = (k->nr_chunks + LD_GROUP - 1) / LD_GROUP;
	k->bits = src->max_pfn;
	k->sink = sink;
	k->off = off;
	k->count = port_alloc(k->nr_groups * sizeof(*k->count));
	if (!sink)
		k->map = port_alloc(k->nr_chunks * CHUNK_BYTES);
	return k->count && (k->map || sink) ? 0 : -ENOMEM;
}

void ld_keepmap_close(struct ld_keepmap *k)
{
	port_free(k->map, k->nr_chunks * CHUNK_BYTES);
	port_free(k->count, k->nr_groups * sizeof(*k->count));
	k->map = NULL;
	k->count = NULL;
}

/*
 * Bytes of the bitmap from @chunk to its end, which is the bit of the last page
 * frame, but at most @bytes.
 */
static size_t keepmap_bytes_from(const struct ld_keepmap *k, u64 chunk, size_t bytes)
{
	u64 left = (k->bits + 7) / 8 - chunk * CHUNK_BYTES;

	return left < bytes ? left : bytes;
}

int ld_keepmap_store(struct ld_keepmap *k, u64 chunk, const u64 *keep)
{
	unsigned int weight = ld_weight(keep, LD_CHUNK_WORDS);

	if (k->map) {
		memcpy(ld_keepmap_chunk(k, chunk), keep, CHUNK_BYTES);
		return 0;
	}
	if (!weight)
		return 0;	/* a hole in the file, which reads as zeros */
	port_atomic64_add(&k->count[chunk / LD_GROUP], weight);
	return k->sink->ops->write(k->sink, k->off + chunk * CHUNK_BYTES, keep,
				   keepmap_bytes_from(k, chunk, CHUNK_BYTES));
}

static unsigned int keepmap_group_weight(const struct ld_keepmap *k, u64 group)
{
	u64 chunks = k->nr_chunks - group * LD_GROUP;

	return ld_weight(ld_keepmap_chunk(k, group * LD_GROUP),
			 (unsigned int)(chunks < LD_GROUP ? chunks : LD_GROUP) * LD_CHUNK_WORDS);
}

void ld_keepmap_finalize(struct ld_keepmap *k)
{
	k->total = 0;
	for (u64 g = 0; g < k->nr_groups; g++) {
		u64 weight = k->map ? keepmap_group_weight(k, g) :
				      (u64)port_atomic64_read(&k->count[g]);

		port_atomic64_set(&k->count[g], (s64)k->total);
		k->total += weight;
	}
}

/* The number of set bits before group @nr. @nr may be one past the last group. */
static u64 keepmap_bits_before(const struct ld_keepmap *k, u64 nr)
{
	return nr < k->nr_groups ? (u64)port_atomic64_read(&k->count[nr]) : k->total;
}

static int keepmap_read_group(const struct ld_keepmap *k, struct ld_group *group, u64 nr)
{
	u64 weight = keepmap_bits_before(k, nr + 1) - keepmap_bits_before(k, nr);
	int err;

	group->nr = 0;
	memset(group->words, 0, sizeof(group->words));
	if (weight) {
		err = k->sink->ops->read(k->sink, k->off + nr * LD_GROUP * CHUNK_BYTES,
					 group->words,
					 keepmap_bytes_from(k, nr * LD_GROUP,
							    sizeof(group->words)));
		if (err)
			return err;
	}
	if (ld_weight(group->words, LD_GROUP_WORDS) != weight)
		return -EIO;
	group->nr = nr + 1;
	return 0;
}

int ld_keepmap_load(const struct ld_keepmap *k, struct ld_group *group, u64 chunk, u64 *keep,
		    u64 *rank)
{
	u64 nr = chunk / LD_GROUP;
	const u64 *words = group->words;
	unsigned int before = (unsigned int)(chunk % LD_GROUP) * LD_CHUNK_WORDS;
	int err;

	if (k->map) {
		words = ld_keepmap_chunk(k, nr * LD_GROUP);
	} else if (group->nr != nr + 1) {
		err = keepmap_read_group(k, group, nr);
		if (err)
			return err;
	}
	*rank = keepmap_bits_before(k, nr) + ld_weight(words, before);
	memcpy(keep, words + before, CHUNK_BYTES);
	return 0;
}
