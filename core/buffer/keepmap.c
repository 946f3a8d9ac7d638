// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * keepmap.c - the keep map: which page frames are in the dump.
 */
#include "core/pages/chunk.h"
#include "keepmap.h"

#define CHUNK_BYTES	(LD_CHUNK_WORDS * sizeof(u64))

int ld_keepmap_open(struct ld_keepmap *k, const struct ld_source *src,
		    const struct ld_groups *groups, struct ld_sink *sink, u64 off)
{
	memset(k, 0, sizeof(*k));
	k->map.groups = groups;
	k->bits = src->max_pfn;
	k->sink = sink;
	k->off = off;
	k->count = port_alloc(groups->nr * sizeof(*k->count));
	if (!sink)
		k->map.words = port_alloc(ld_map_bytes(groups));
	return k->count && (k->map.words || sink) ? 0 : -ENOMEM;
}

void ld_keepmap_close(struct ld_keepmap *k)
{
	/* If it was never opened there is nothing to free, and groups is NULL. */
	if (k->map.words)
		port_free(k->map.words, ld_map_bytes(k->map.groups));
	if (k->count)
		port_free(k->count, k->map.groups->nr * sizeof(*k->count));
	k->map.words = NULL;
	k->count = NULL;
}

/*
 * Bytes of the bitmap in the file from @chunk to its end, which is the bit of
 * the last page frame, but at most @bytes.
 */
static size_t keepmap_bytes_from(const struct ld_keepmap *k, u64 chunk, size_t bytes)
{
	u64 left = (k->bits + 7) / 8 - chunk * CHUNK_BYTES;

	return left < bytes ? left : bytes;
}

int ld_keepmap_store(struct ld_keepmap *k, u64 chunk, const u64 *keep)
{
	unsigned int weight = ld_weight(keep, LD_CHUNK_WORDS);

	if (k->map.words) {
		memcpy(ld_keepmap_chunk(k, chunk), keep, CHUNK_BYTES);
		return 0;
	}
	if (!weight)
		return 0;	/* a hole in the file, which reads as zeros */
	port_atomic64_add(&k->count[ld_groups_index(k->map.groups, chunk / LD_GROUP)], weight);
	return k->sink->ops->write(k->sink, k->off + chunk * CHUNK_BYTES, keep,
				   keepmap_bytes_from(k, chunk, CHUNK_BYTES));
}

u64 ld_keepmap_count_chunks(const struct ld_keepmap *k)
{
	const u64 *words = k->map.words;
	u64 chunks = 0;

	for (u64 i = 0; i < k->map.groups->nr; i++) {
		for (unsigned int c = 0; c < LD_GROUP; c++, words += LD_CHUNK_WORDS)
			chunks += !!ld_weight(words, LD_CHUNK_WORDS);
		port_relax();
	}
	return chunks;
}

/* 64 TB of RAM have 524,288 groups, and to count their bits takes 0.2 s. */
void ld_keepmap_finalize(struct ld_keepmap *k)
{
	const u64 *words = k->map.words;

	k->total = 0;
	for (u64 i = 0; i < k->map.groups->nr; i++) {
		u64 weight = words ? ld_weight(words + i * LD_GROUP_WORDS, LD_GROUP_WORDS) :
				     (u64)port_atomic64_read(&k->count[i]);

		port_atomic64_set(&k->count[i], (s64)k->total);
		k->total += weight;
		port_relax();
	}
}

/* The number of set bits before the group at @index, which may be one past the last. */
static u64 keepmap_bits_before(const struct ld_keepmap *k, u64 index)
{
	return index < k->map.groups->nr ? (u64)port_atomic64_read(&k->count[index]) : k->total;
}

static int keepmap_read_group(const struct ld_keepmap *k, struct ld_group *group, u64 index)
{
	u64 weight = keepmap_bits_before(k, index + 1) - keepmap_bits_before(k, index);
	u64 chunk = ld_groups_at(k->map.groups, index) * LD_GROUP;
	int err;

	group->nr = 0;
	memset(group->words, 0, sizeof(group->words));
	if (weight) {
		err = k->sink->ops->read(k->sink, k->off + chunk * CHUNK_BYTES, group->words,
					 keepmap_bytes_from(k, chunk, sizeof(group->words)));
		if (err)
			return err;
	}
	if (ld_weight(group->words, LD_GROUP_WORDS) != weight)
		return -EIO;
	group->nr = index + 1;
	return 0;
}

/*
 * The number of bits set in the first @before words of the group at @index. A worker
 * takes chunks in ascending order, so it goes on counting where it was.
 */
static unsigned int keepmap_bits_within(struct ld_group *group, u64 index, const u64 *words,
					unsigned int before)
{
	if (group->counted != index + 1 || group->words_counted > before) {
		group->counted = index + 1;
		group->words_counted = 0;
		group->bits = 0;
	}
	group->bits += ld_weight(words + group->words_counted, before - group->words_counted);
	group->words_counted = before;
	return group->bits;
}

int ld_keepmap_load(const struct ld_keepmap *k, struct ld_group *group, u64 chunk, u64 *keep,
		    u64 *rank)
{
	u64 index = ld_groups_index(k->map.groups, chunk / LD_GROUP);
	unsigned int before = (unsigned int)(chunk % LD_GROUP) * LD_CHUNK_WORDS;
	const u64 *words = group->words;
	int err;

	if (k->map.words) {
		words = k->map.words + index * LD_GROUP_WORDS;
	} else if (group->nr != index + 1) {
		err = keepmap_read_group(k, group, index);
		if (err)
			return err;
	}
	*rank = keepmap_bits_before(k, index) + keepmap_bits_within(group, index, words, before);
	memcpy(keep, words + before, CHUNK_BYTES);
	return 0;
}
