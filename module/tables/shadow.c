// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * shadow.c - allocates shadow entries.
 */
#include "shadow.h"

/* Nodes are allocated in blocks, large enough to be left out of dumps, see PORT_OWN_MIN. */
struct track_block {
	struct track_block *next;
	u64 bytes;
	u8 pad[4096 - 16];	/* nodes are aligned to a page */
};

/* A walk rarely finds more new tables at once. Only the first one often ends with -ENOSPC. */
#define SPARE_LEAST	16U

static void pool_put(struct track_pool *pool, void *node)
{
	*(void **)node = pool->free;
	pool->free = node;
	pool->spare++;
}

static int pool_grow(struct track_pool *pool)
{
	u64 more = pool->nr / 4 > SPARE_LEAST ? pool->nr / 4 : SPARE_LEAST;
	struct track_block *block;
	u64 bytes = sizeof(*block) + more * pool->size;

	if (pool->spare >= SPARE_LEAST)
		return 0;
	block = port_alloc(bytes);
	if (!block)
		return -ENOMEM;
	block->bytes = bytes;
	block->next = pool->blocks;
	pool->blocks = block;
	for (u64 i = 0; i < more; i++)
		pool_put(pool, (u8 *)(block + 1) + i * pool->size);
	pool->nr += more;
	return 0;
}

static void pool_close(struct track_pool *pool)
{
	while (pool->blocks) {
		struct track_block *block = pool->blocks;

		pool->blocks = block->next;
		port_free(block, block->bytes);
		port_relax();
	}
}

static struct track_pool *shadow_pool(struct track_shadow *shadow, unsigned int level)
{
	return level == 1 ? &shadow->leaves : &shadow->inner;
}

struct track_leaf *track_shadow_take(struct track_shadow *shadow, unsigned int level)
{
	struct track_pool *pool = shadow_pool(shadow, level);
	void *node = pool->free;

	if (!node)
		return NULL;
	pool->free = *(void **)node;
	pool->spare--;
	memset(node, 0, pool->size);
	return node;
}

void track_shadow_give(struct track_shadow *shadow, unsigned int level, struct track_leaf *node)
{
	pool_put(shadow_pool(shadow, level), node);
}

int track_shadow_grow(struct track_shadow *shadow)
{
	int err = pool_grow(&shadow->leaves);

	return err ? err : pool_grow(&shadow->inner);
}

int track_shadow_open(struct track_shadow *shadow)
{
	int err;

	memset(shadow, 0, sizeof(*shadow));
	shadow->leaves.size = sizeof(struct track_leaf);
	shadow->inner.size = sizeof(struct track_inner);
	err = track_shadow_grow(shadow);
	if (!err)
		shadow->root = (struct track_inner *)track_shadow_take(shadow, 2);
	return err;
}

void track_shadow_close(struct track_shadow *shadow)
{
	pool_close(&shadow->leaves);
	pool_close(&shadow->inner);
}
