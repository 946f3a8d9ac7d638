// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * memmap.c - finds the page frames that hold the kernel's array of struct pages.
 *
 * On a large machine the array is the largest part of the kernel's memory, and
 * most of it describes page frames that are not in the dump. It is mapped at
 * vmemmap, mostly by huge pages, so its page frames form few runs.
 */
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "arch.h"
#include "cgroup.h"
#include "hotplug.h"
#include "memmap.h"
#include "page_flags.h"

/* Page frames pfn .. pfn + nr - 1 hold the struct pages from page frame first on. */
struct memmap_run {
	u64 pfn;
	u64 nr;
	u64 first;
};

struct livedump_memmap {
	size_t nr;
	size_t capacity;	/* of runs */
	struct memmap_run last;
	struct memmap_run runs[];	/* ascending */
};

/* How many page frames one page frame of the array describes; 0: not a whole number. */
#define DESCRIBED	(PAGE_SIZE % sizeof(struct page) ? 0 : PAGE_SIZE / sizeof(struct page))

#ifdef CONFIG_SPARSEMEM_VMEMMAP
/* A run that does not fit is counted, but not stored. */
static void memmap_add_page(struct livedump_memmap *map, u64 pfn, u64 first)
{
	struct memmap_run *last = &map->last;

	if (last->nr && pfn == last->pfn + last->nr &&
	    first == last->first + last->nr * DESCRIBED) {
		last->nr++;
	} else {
		*last = (struct memmap_run){ pfn, 1, first };
		map->nr++;
	}
	if (map->nr <= map->capacity)
		map->runs[map->nr - 1] = *last;
}

static void memmap_walk_ranges(struct livedump_memmap *map, const struct ld_source *src,
			       struct livedump_hold *hold)
{
	map->nr = 0;
	memset(&map->last, 0, sizeof(map->last));
	for (unsigned int r = 0; r < src->nr_ranges; r++) {
		u64 pfn = round_down(src->ranges[r].start, ONLINE_UNIT), next;

		for (; pfn < src->ranges[r].end; pfn = next) {
			next = pfn + ONLINE_UNIT;
			livedump_hold_memory(hold);
			for (u64 at = pfn; at < next && pfn_to_online_page(pfn); at += DESCRIBED) {
				const struct page *page = pfn_to_page(at);

				memmap_add_page(map, livedump_arch_vmemmap_pfn(page), at);
			}
			livedump_hold_end(hold);
			cond_resched();
		}
	}
}
#else
static void memmap_walk_ranges(struct livedump_memmap *map, const struct ld_source *src,
			       struct livedump_hold *hold)
{
	map->nr = 0;
}
#endif

static int memmap_compare_runs(const void *a, const void *b)
{
	const struct memmap_run *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

int livedump_memmap_open(struct livedump_memmap **map, const struct ld_source *src,
			 struct livedump_hold *hold)
{
	struct livedump_memmap count = { .capacity = 0 };
	struct livedump_memmap *m;

	*map = NULL;
	if (DESCRIBED && ONLINE_UNIT > 1)
		memmap_walk_ranges(&count, src, hold);
	if (!count.nr)
		return 0;
	m = kvzalloc(struct_size(m, runs, count.nr), LIVEDUMP_GFP);
	if (!m)
		return -ENOMEM;
	m->capacity = count.nr;
	memmap_walk_ranges(m, src, hold);
	/* Memory that was plugged in meanwhile is left out: nothing depends on it. */
	m->nr = min(m->nr, m->capacity);
	sort(m->runs, m->nr, sizeof(m->runs[0]), memmap_compare_runs, NULL);
	*map = m;
	return 0;
}

void livedump_memmap_close(struct livedump_memmap *map)
{
	kvfree(map);
}

unsigned int livedump_memmap_describes(const struct livedump_memmap *map, u64 pfn, u64 *first)
{
	size_t lo = 0, hi = map ? map->nr : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct memmap_run *run = &map->runs[mid];

		if (pfn < run->pfn) {
			hi = mid;
		} else if (pfn >= run->pfn + run->nr) {
			lo = mid + 1;
		} else {
			*first = run->first + (pfn - run->pfn) * DESCRIBED;
			return DESCRIBED;
		}
	}
	return 0;
}
