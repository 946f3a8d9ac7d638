// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * zbud.c - recognize the pages of zbud.
 *
 * struct zbud_header in mm/zbud.c of Linux 6.1 begins with two list heads and
 * two counts of chunks. That of 6.12 lacks the second list. Each list has the
 * headers of other pages, at the same place in the page, and one head in the
 * pool, which is slab memory. All are in the direct map. Other kernel pages that
 * begin with a list head are linked to objects in slab or vmalloc memory.
 */
#include "zbud.h"

/* A page has 64 chunks of which the first has the header. No object fills all others. */
#define CHUNKS		63U
#define OBJECT_MAX	62U

/* The header may be moved from list to list while it is looked at. */
#define TRIES		3U

struct zbud_list {
	u64 next;
	u64 prev;
};

static bool zbud_chunks_good(u64 word)
{
	u64 first = word & 0xffffffff, last = word >> 32;

	return first <= OBJECT_MAX && last <= OBJECT_MAX && first + last &&
	       first + last <= CHUNKS;
}

static bool zbud_pointer_good(const struct ld_zbud_memory *memory, u64 p)
{
	return p >= memory->start && p < memory->end && p % sizeof(p) == 0;
}

/* Whether @list, which is at @at, has two neighbours like those of zbud. */
static bool zbud_list_good(const struct ld_zbud_memory *memory, u64 at,
			   const struct zbud_list *list)
{
	u64 place = at % memory->page_size;

	if (list->next == at || !zbud_pointer_good(memory, list->next) ||
	    !zbud_pointer_good(memory, list->prev))
		return false;
	/* One of two neighbours may be the head in the pool, or both are that head. */
	return list->next == list->prev || list->next % memory->page_size == place ||
	       list->prev % memory->page_size == place;
}

static bool zbud_is_linked(const struct ld_zbud_memory *memory, u64 at,
			   const struct zbud_list *list)
{
	u64 back, forth;

	return memory->read(memory, list->next + sizeof(back), &back, sizeof(back)) &&
	       memory->read(memory, list->prev, &forth, sizeof(forth)) &&
	       back == at && forth == at;
}

bool ld_is_zbud(const struct ld_zbud_memory *memory, u64 addr)
{
	struct {
		struct zbud_list buddy;
		union {
			u64 chunks;	/* 6.12 */
			struct {
				struct zbud_list lru;
				u64 chunks;
			} old;
		} u;
	} header;
	u64 lru = addr + sizeof(header.buddy);

	for (unsigned int i = 0; i < TRIES; i++) {
		bool old;

		if (!memory->read(memory, addr, &header, sizeof(header)) ||
		    !zbud_list_good(memory, addr, &header.buddy))
			return false;
		old = zbud_list_good(memory, lru, &header.u.old.lru) &&
		      zbud_chunks_good(header.u.old.chunks);
		if (!old && !zbud_chunks_good(header.u.chunks))
			return false;
		if (zbud_is_linked(memory, addr, &header.buddy) &&
		    (!old || zbud_is_linked(memory, lru, &header.u.old.lru)))
			return true;
	}
	return false;
}
