// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * memmap.c - finds the page frames that hold the kernel's array of struct pages.
 *
 * On a large machine the array is the largest part of the kernel's memory, and
 * most of it describes page frames that are not in the dump. It is mapped at
 * vmemmap.
 */
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "arch.h"
#include "core/pages/vmemmap.h"
#include "memmap.h"
#include "module/crew/hotplug.h"
#include "module/limits/cgroup.h"
#include "page_flags.h"

struct livedump_memmap {
	struct ld_vmemmap array;
};

/* How many page frames one page frame of the array describes; 0: not a whole number. */
#define DESCRIBED	(PAGE_SIZE % sizeof(struct page) ? 0 : PAGE_SIZE / sizeof(struct page))

/*
 * Ranges may share a unit, which is walked once. With terabytes there are millions of
 * them: each is a point to leave. Returns 0, or -ECANCELED.
 */
static int memmap_walk_ranges(struct ld_vmemmap *v, const struct ld_source *src,
			      struct livedump_hold *hold, const struct ld_control *control)
{
	u64 next = 0;
	int err = 0;

	for (unsigned int r = 0; r < src->nr_ranges; r++) {
		u64 pfn = max_t(u64, next, round_down(src->ranges[r].start, ONLINE_UNIT));

		for (; pfn < src->ranges[r].end && !err; pfn = next) {
			next = pfn + ONLINE_UNIT;
			livedump_hold_memory(hold);
			for (u64 at = pfn; at < next && pfn_to_online_page(pfn); at += DESCRIBED) {
				const struct page *page = pfn_to_page(at);

				ld_vmemmap_add(v, livedump_arch_vmemmap_pfn(page), at);
			}
			livedump_hold_end(hold);
			cond_resched();
			err = ld_control_cancelled(control);
		}
	}
	return err;
}

int livedump_memmap_open(struct livedump_memmap **map, const struct ld_source *src,
			 struct livedump_hold *hold, const struct ld_control *control)
{
	struct livedump_memmap *m;
	int err;

	*map = NULL;
	if (!DESCRIBED || ONLINE_UNIT == 1)
		return 0;
	m = kzalloc(sizeof(*m), LIVEDUMP_GFP);
	if (!m)
		return -ENOMEM;
	ld_vmemmap_open(&m->array, DESCRIBED);
	err = memmap_walk_ranges(&m->array, src, hold, control);
	if (err || !m->array.nr) {
		kfree(m);
		return err;
	}
	err = ld_vmemmap_alloc(&m->array);
	if (!err)
		err = memmap_walk_ranges(&m->array, src, hold, control);
	if (err) {
		livedump_memmap_close(m);
		return err;
	}
	ld_vmemmap_sort(&m->array);
	*map = m;
	return 0;
}

void livedump_memmap_close(struct livedump_memmap *map)
{
	if (!map)
		return;
	ld_vmemmap_close(&map->array);
	kfree(map);
}

unsigned int livedump_memmap_describes(const struct livedump_memmap *map, u64 pfn, u64 *first)
{
	return map ? ld_vmemmap_find(&map->array, pfn, first) : 0;
}
