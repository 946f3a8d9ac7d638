// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * early.c - page frames that are written to the file before it is known which page
 * frames are in the dump.
 */
#include "early.h"

/* It is written in the pause, see PORT_OWN_MIN. */
static size_t early_chunks_bytes(const struct ld_groups *groups)
{
	return port_own_bytes(groups->nr_chunks * sizeof(struct ld_early_chunk));
}

static size_t early_pages_bytes(u64 nr)
{
	return port_own_bytes(nr * sizeof(struct ld_early_page));
}

u64 ld_early_bytes(const struct ld_groups *groups, u64 nr)
{
	return early_chunks_bytes(groups) + early_pages_bytes(nr);
}

int ld_early_open(struct ld_early *early, const struct ld_groups *groups, u64 nr)
{
	early->groups = groups;
	early->nr = nr;
	early->pages = port_alloc(early_pages_bytes(nr));
	if (early->pages)
		early->chunks = port_alloc(early_chunks_bytes(groups));
	return early->chunks ? 0 : -ENOMEM;
}

void ld_early_close(struct ld_early *early)
{
	if (early->chunks)
		port_free(early->chunks, early_chunks_bytes(early->groups));
	if (early->pages)
		port_free(early->pages, early_pages_bytes(early->nr));
	early->chunks = NULL;
	early->pages = NULL;
}

struct ld_early_page *ld_early_add(struct ld_early *early, u64 chunk, const u64 *frames)
{
	struct ld_early_chunk *c = ld_early_chunk(early, chunk);
	u64 nr = ld_weight(frames, LD_CHUNK_WORDS);
	u64 first = (u64)port_atomic64_add(&early->used, (s64)nr);

	if (first + nr > early->nr)
		return NULL;
	memcpy(c->has, frames, sizeof(c->has));
	memcpy(c->valid, frames, sizeof(c->valid));
	c->first = first;
	return &early->pages[first];
}

void ld_early_forget(struct ld_early *early, u64 chunk, const u64 *frames)
{
	struct ld_early_chunk *c = ld_early_chunk(early, chunk);

	for (unsigned int i = 0; c && i < LD_CHUNK_WORDS; i++)
		c->valid[i] &= ~frames[i];
}
