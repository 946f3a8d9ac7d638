// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * again.c - the pages that were copied again.
 */
#include <errno.h>
#include <stdlib.h>

#include "again.h"

/* A power of two. A quarter stays free, so that a search ends soon. */
#define AGAIN_SLOTS	(1U << 15)
#define AGAIN_MAX	(AGAIN_SLOTS / 4 * 3)

int again_open(struct again *a, struct memory *m, const struct lists_again *copier)
{
	*a = (struct again){ .copier = copier, .m = m };
	a->pages = calloc(AGAIN_SLOTS, sizeof(*a->pages));
	return a->pages ? 0 : -ENOMEM;
}

void again_next_round(struct again *a)
{
	a->round++;
}

void again_close(struct again *a)
{
	free(a->pages);
}

/* The entry of @page, or the free one where it belongs. */
static struct again_page *again_slot(const struct again *a, u64 page)
{
	u32 at = (u32)((page / MEMORY_PAGE) * 0x9e3779b97f4a7c15ULL >> 40) % AGAIN_SLOTS;

	while (a->pages[at].page && a->pages[at].page != page + 1)
		at = (at + 1) % AGAIN_SLOTS;
	return &a->pages[at];
}

bool again_has(const struct again *a, u64 addr)
{
	return again_slot(a, addr - addr % MEMORY_PAGE)->page;
}

/* Whether the page at @page may be copied now; @fresh: only if it never was. */
static bool again_may_copy(const struct again *a, u64 page, bool fresh)
{
	const struct again_page *slot = again_slot(a, page);

	return slot->page ? !fresh && slot->round != a->round : a->used < AGAIN_MAX;
}

static bool again_copy_run(struct again *a, u64 page, unsigned int nr)
{
	if (a->copier->copy(a->copier->ctx, page, nr))
		return false;
	for (unsigned int i = 0; i < nr; i++, page += MEMORY_PAGE) {
		struct again_page *slot = again_slot(a, page);

		memory_forget_page(a->m, page);
		a->used += !slot->page;
		*slot = (struct again_page){ page + 1, a->round };
	}
	a->copied += nr;
	return true;
}

/* Neighbours are copied by one call, or each by one if that fails. */
static bool again_copy_pages(struct again *a, u64 addr, u64 len, bool fresh)
{
	u64 page = addr - addr % MEMORY_PAGE;
	u64 left = (addr % MEMORY_PAGE + len + MEMORY_PAGE - 1) / MEMORY_PAGE;
	bool copied = false;

	while (left) {
		unsigned int nr = 0;

		while (nr < left && a->used + nr < AGAIN_MAX &&
		       again_may_copy(a, page + (u64)nr * MEMORY_PAGE, fresh))
			nr++;
		if (nr && again_copy_run(a, page, nr))
			copied = true;
		else
			for (unsigned int i = 0; i < nr && nr > 1; i++)
				copied |= again_copy_run(a, page + (u64)i * MEMORY_PAGE, 1);
		nr += !nr;
		page += (u64)nr * MEMORY_PAGE;
		left -= nr;
	}
	return copied;
}

bool again_copy(struct again *a, u64 addr, u64 len)
{
	return again_copy_pages(a, addr, len, false);
}

void again_copy_new(struct again *a, u64 addr, u64 len)
{
	again_copy_pages(a, addr, len, true);
}
