// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * again.c - the pages that were copied again.
 */
#include "again.h"

/* A power of two. A quarter stays free, so that a search ends soon. */
#define AGAIN_SLOTS	(1U << 15)
#define AGAIN_MAX	(AGAIN_SLOTS / 4 * 3)

int ld_again_open(struct ld_again_pages *a, struct ld_lists_memory *m)
{
	*a = (struct ld_again_pages){ .m = m };
	a->pages = port_alloc(AGAIN_SLOTS * sizeof(*a->pages));
	return a->pages ? 0 : -ENOMEM;
}

void ld_again_next_round(struct ld_again_pages *a)
{
	a->round++;
}

void ld_again_close(struct ld_again_pages *a)
{
	port_free(a->pages, AGAIN_SLOTS * sizeof(*a->pages));
}

/* The entry of @page, or the free one where it belongs. */
static struct ld_again_page *again_slot(const struct ld_again_pages *a, u64 page)
{
	u32 at = (u32)((page / LD_LISTS_PAGE) * 0x9e3779b97f4a7c15ULL >> 40) % AGAIN_SLOTS;

	while (a->pages[at].page && a->pages[at].page != page + 1)
		at = (at + 1) % AGAIN_SLOTS;
	return &a->pages[at];
}

bool ld_again_has(const struct ld_again_pages *a, u64 addr)
{
	return again_slot(a, addr - addr % LD_LISTS_PAGE)->page;
}

/* Whether the page at @page may be copied now; @fresh: only if it never was. */
static bool again_may_copy(const struct ld_again_pages *a, u64 page, bool fresh)
{
	const struct ld_again_page *slot = again_slot(a, page);

	return slot->page ? !fresh && slot->round != a->round : a->used < AGAIN_MAX;
}

static bool again_copy_run(struct ld_again_pages *a, u64 page, unsigned int nr)
{
	if (a->m->copy(a->m, page, nr))
		return false;
	for (unsigned int i = 0; i < nr; i++, page += LD_LISTS_PAGE) {
		struct ld_again_page *slot = again_slot(a, page);

		if (a->m->forget)
			a->m->forget(a->m, page);
		a->used += !slot->page;
		*slot = (struct ld_again_page){ page + 1, a->round };
	}
	a->copied += nr;
	return true;
}

/* Neighbours are copied by one call, or each by one if that fails. */
static bool again_copy_pages(struct ld_again_pages *a, u64 addr, u64 len, bool fresh)
{
	u64 page = addr - addr % LD_LISTS_PAGE;
	u64 left = (addr % LD_LISTS_PAGE + len + LD_LISTS_PAGE - 1) / LD_LISTS_PAGE;
	bool copied = false;

	while (left) {
		unsigned int nr = 0;

		while (nr < left && a->used + nr < AGAIN_MAX &&
		       again_may_copy(a, page + (u64)nr * LD_LISTS_PAGE, fresh))
			nr++;
		if (nr && again_copy_run(a, page, nr))
			copied = true;
		else
			for (unsigned int i = 0; i < nr && nr > 1; i++)
				copied |= again_copy_run(a, page + (u64)i * LD_LISTS_PAGE, 1);
		nr += !nr;
		page += (u64)nr * LD_LISTS_PAGE;
		left -= nr;
	}
	return copied;
}

bool ld_again_copy(struct ld_again_pages *a, u64 addr, u64 len)
{
	return again_copy_pages(a, addr, len, false);
}

bool ld_again_copy_now(struct ld_again_pages *a, u64 addr)
{
	return a->used < AGAIN_MAX && again_copy_run(a, addr - addr % LD_LISTS_PAGE, 1);
}

void ld_again_copy_new(struct ld_again_pages *a, u64 addr, u64 len)
{
	again_copy_pages(a, addr, len, true);
}
