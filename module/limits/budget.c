// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * budget.c - computes how much memory a dump may allocate.
 *
 * si_mem_available() is of no use: it counts all zones. The kernel cannot
 * allocate for itself from the movable zone or from CMA, where a machine with
 * hotplugged memory may have most of what is free.
 */
#include <linux/cpuset.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/vmstat.h>

#include "budget.h"

/* What a zone keeps for others than an allocation of the kernel. */
static unsigned long budget_reserve(const struct zone *zone)
{
	return high_wmark_pages(zone) + zone->lowmem_reserve[gfp_zone(GFP_KERNEL)] +
	       zone->nr_reserved_highatomic;
}

/* Pages of CMA that are in use: movable ones, page cache perhaps. */
static unsigned long budget_cma_used(struct zone *zone, unsigned long cma_free)
{
	unsigned long pages = 0;

#ifdef CONFIG_CMA
	pages = zone->cma_pages;
#endif
	return pages - min(pages, cma_free);
}

/*
 * Pages of @zone that the kernel can allocate: those that are free, and half of
 * the page cache. The other half counts as in use by programs.
 */
static u64 budget_zone_pages(struct zone *zone)
{
	unsigned long cma_free = zone_page_state(zone, NR_FREE_CMA_PAGES);
	unsigned long free = zone_page_state(zone, NR_FREE_PAGES);
	unsigned long cache = zone_page_state(zone, NR_ZONE_INACTIVE_FILE) +
			      zone_page_state(zone, NR_ZONE_ACTIVE_FILE);

	free -= min(free, cma_free);
	cache -= min(cache, budget_cma_used(zone, cma_free));
	free += cache / 2;
	return free - min(free, budget_reserve(zone));
}

/* Bytes that the zones have for the current task. */
static u64 budget_zones(void)
{
	u64 pages = 0;
	int node;

	for_each_online_node(node) {
		if (!node_isset(node, cpuset_current_mems_allowed))
			continue;
		for (int i = 0; i <= gfp_zone(GFP_KERNEL); i++) {
			struct zone *zone = &NODE_DATA(node)->node_zones[i];

			if (populated_zone(zone))
				pages += budget_zone_pages(zone);
		}
	}
	return pages << PAGE_SHIFT;
}

/* A worker has a chunk before and after compression, 2 MiB each, and the codec's state. */
#define BUDGET_WORKER	((u64)6 << 20)

/* The page cache that waits to be written, and what is left. */
#define BUDGET_REST	((u64)16 << 20)

/* Bits for each page frame: what is kept, what is sure, and where its copy is. */
#define BUDGET_BITS	4

/*
 * Bits that are added where the dump follows what is written to: nine maps of the tracker,
 * what it knows of the page tables, about as much as another, and six maps of precopy.h.
 */
#define BUDGET_TRACK_BITS	16

/* What a dump of @mode is charged for besides the page buffer and the workers. */
static u64 budget_fixed(enum ld_mode mode)
{
	u64 bits = BUDGET_BITS + (mode == LD_MODE_PRECOPY ? BUDGET_TRACK_BITS : 0);

	return BUDGET_REST + (u64)totalram_pages() * bits / 8;
}

static u64 budget_left(u64 bytes, u64 other)
{
	return bytes - min(bytes, other);
}

/* The group has other tasks, too: they have half of what is left. */
static u64 budget_group(u64 left, u64 other)
{
	return min(left / 2, budget_left(left, other));
}

/* Workers have two thirds at most of what @fixed leaves, but there is one of them. */
static unsigned int budget_workers(u64 group, u64 fixed, unsigned int workers)
{
	while (workers > 1 && workers * BUDGET_WORKER > (group - min(group, fixed)) / 3 * 2)
		workers--;
	return workers;
}

/*
 * Half of what there is, or up to 7/8 if the caller asks for that much: the
 * system needs some, too.
 */
void livedump_budget_apply(struct dump_request *request, unsigned int *workers,
			   const struct livedump_cgroup *c)
{
	u64 zones = budget_zones(), group = livedump_cgroup_memory(c);
	u64 most, other = budget_fixed(request->mode);

	*workers = budget_workers(group, other, *workers);
	other += *workers * BUDGET_WORKER;
	most = min3(request->memory, zones / 8 * 7, budget_left(zones, other));
	if (!request->memory && request->mode != LD_MODE_LIVE)
		most = min(zones / 2, budget_left(zones, other));
	request->memory = min(most, budget_group(group, other));
}
