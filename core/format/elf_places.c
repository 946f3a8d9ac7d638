// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * elf_places.c - where an ELF core has the data of its page frames.
 */
#include "elf_places.h"

static size_t places_bytes(const struct ld_layout *layout)
{
	return layout->early->groups->nr_chunks * sizeof(u64);
}

int elf_places_open(struct elf_places *p, const struct ld_layout *layout)
{
	p->layout = layout;
	p->page = ld_page_size(layout->source);
	if (!layout->early)
		return 0;
	p->others = port_alloc(places_bytes(layout));
	return p->others ? 0 : -ENOMEM;
}

void elf_places_close(struct elf_places *p)
{
	if (p->others)
		port_free(p->others, places_bytes(p->layout));
	p->others = NULL;
}

u64 elf_places_take(struct elf_places *p, u64 nr)
{
	return p->data_off + (u64)port_atomic64_add(&p->used, (s64)nr) * p->page;
}

void elf_places_set_others(struct elf_places *p, u64 chunk, u64 place)
{
	p->others[ld_groups_chunk_nr(p->layout->early->groups, chunk)] = place;
}

/* How many of the page frames of a chunk that are not written early come before @i. */
static u64 places_rank_of_other(const struct elf_places *p, u64 chunk,
				const struct ld_early_chunk *early, u64 i)
{
	const u64 *keep = ld_map_chunk(p->layout->keep, chunk);
	u64 others[LD_CHUNK_WORDS];

	for (unsigned int w = 0; w < LD_CHUNK_WORDS; w++)
		others[w] = keep[w] & ~early->has[w];
	return ld_rank(others, i);
}

/* The same as elf_places_run(), of one part of a chunk. */
static u64 places_part(const struct elf_places *p, u64 pfn, u64 end, u64 *place)
{
	u64 chunk = pfn / LD_CHUNK, first = chunk * LD_CHUNK, i = pfn - first;
	const struct ld_early_chunk *early = ld_early_chunk(p->layout->early, chunk);
	bool has = ld_bit(early->has, i);

	end = end - first < LD_CHUNK ? end - first : LD_CHUNK;
	if (has)
		*place = ld_early_page(p->layout->early, early, i)->place;
	else
		*place = p->others[ld_groups_chunk_nr(p->layout->early->groups, chunk)] +
			 places_rank_of_other(p, chunk, early, i) * p->page;
	return ld_bit_next(early->has, i, end, !has) - i;
}

u64 elf_places_run(const struct elf_places *p, u64 pfn, u64 end, u64 rank, bool most, u64 *place)
{
	u64 nr, next, n;

	if (!p->others) {
		*place = p->data_off + rank * p->page;
		return end - pfn;
	}
	*place = p->data_off;
	if (pfn >= end)
		return 0;
	nr = places_part(p, pfn, end, place);
	while (!most && pfn + nr < end) {
		n = places_part(p, pfn + nr, end, &next);
		if (next != *place + nr * p->page)
			break;
		nr += n;
	}
	return nr;
}

u64 elf_places_end(const struct elf_places *p)
{
	u64 frames = p->others ? (u64)port_atomic64_read(&p->used) : p->layout->kept;

	return p->data_off + frames * p->page;
}
