// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * preread.c - page frames read ahead, in slots of pinned memory.
 */
#include "preread.h"

int ld_preread_open(struct ld_preread *pre, const struct ld_source *src, u64 bytes)
{
	memset(pre, 0, sizeof(*pre));
	pre->page_shift = src->page_shift;
	pre->nr_chunks = ld_chunk_count(src);
	pre->slots = bytes >> src->page_shift;
	pre->chunks = port_alloc(pre->nr_chunks * sizeof(*pre->chunks));
	if (!pre->chunks)
		return -ENOMEM;
	/* Half of it is worth having when all of it cannot be had. */
	while (pre->slots) {
		pre->mem = port_alloc_pinned(pre->slots << pre->page_shift);
		if (pre->mem)
			break;
		pre->slots /= 2;
	}
	return 0;
}

void ld_preread_close(struct ld_preread *pre)
{
	if (!pre->chunks)
		return;
	for (u64 c = 0; c < pre->nr_chunks; c++) {
		struct ld_pin *pin = pre->chunks[c];

		while (pin) {
			struct ld_pin *next = pin->next;

			port_free(pin, sizeof(*pin));
			pin = next;
		}
	}
	port_free(pre->chunks, pre->nr_chunks * sizeof(*pre->chunks));
	if (pre->slots)
		port_free_pinned(pre->mem, pre->slots << pre->page_shift);
	pre->chunks = NULL;
}

int ld_preread_chunk(struct ld_preread *pre, struct ld_source *src, unsigned int worker,
		     u64 chunk, unsigned int level, const u64 *want, struct ld_scan *scan)
{
	unsigned int nr = ld_weight(want, LD_CHUNK_WORDS);
	struct ld_pin *pin;
	u64 slot;
	int err;

	if (!nr)
		return 0;
	if ((u64)port_atomic64_read(&pre->used) + nr > pre->slots)
		return -ENOSPC;
	slot = (u64)port_atomic64_add(&pre->used, nr);
	if (slot + nr > pre->slots)
		return -ENOSPC;
	pin = port_alloc(sizeof(*pin));
	if (!pin)
		return -ENOMEM;
	pin->slot = slot;
	memcpy(pin->read, want, sizeof(pin->read));

	err = ld_chunk_read(src, worker, chunk, want, pre->mem + (slot << pre->page_shift),
			    pin->bad);
	if (!err)
		err = ld_chunk_scan(src, worker, chunk, level, scan);
	if (err) {
		port_free(pin, sizeof(*pin));
		return err;
	}
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		pin->good[i] = want[i] & scan->keep[i] & ~pin->bad[i];
	pin->next = pre->chunks[chunk];
	pre->chunks[chunk] = pin;
	return 0;
}

void ld_preread_masks(const struct ld_preread *pre, u64 chunk, struct ld_pin_masks *masks)
{
	memset(masks, 0, sizeof(*masks));
	for (const struct ld_pin *pin = pre->chunks[chunk]; pin; pin = pin->next) {
		for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
			masks->read[i] |= pin->read[i];
			masks->good[i] |= pin->good[i];
			masks->bad[i] |= pin->bad[i];
		}
	}
}

void ld_preread_pages(const struct ld_preread *pre, u64 chunk, const void **page)
{
	for (const struct ld_pin *pin = pre->chunks[chunk]; pin; pin = pin->next) {
		const u8 *at = pre->mem + (pin->slot << pre->page_shift);
		u64 i = 0;

		while ((i = ld_bit_next(pin->read, i, LD_CHUNK, true)) < LD_CHUNK) {
			if (ld_bit(pin->good, i))
				page[i] = at;
			at += (size_t)1 << pre->page_shift;
			i++;
		}
	}
}
