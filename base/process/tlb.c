// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * tlb.c - unmap a page for the sake of those that must be told of it.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stddef.h>
#include <sys/mman.h>

#include "tlb.h"

/* A page table maps half of it. Linux 5.14 has this advice; before 6.14 there is no need. */
#define TLB_AREA	((size_t)4 << 20)
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE	23
#endif

/*
 * Idle processors are asked only if a page table is freed. So the page is in the first half of
 * the area that one page table maps, wherever the area begins.
 */
static void tlb_unmap_a_table(void)
{
	char *area = mmap(NULL, TLB_AREA, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t at;

	if (area == MAP_FAILED)
		return;
	at = -(size_t)area & (TLB_AREA / 2 - 1);
	/* A huge page has no page table. */
	madvise(area, TLB_AREA, MADV_NOHUGEPAGE);
	madvise(area + at, 1, MADV_POPULATE_WRITE);
	munmap(area, TLB_AREA);
}

/* An idle processor that still has the process's memory gives it up, and forgets it then. */
void tlb_forget(void)
{
	tlb_unmap_a_table();
	tlb_unmap_a_table();
}

void tlb_settle(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (!poll(&p, 1, TLB_SETTLE_MS))
		tlb_forget();
}
