// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * splits.c - which large pages a dump splits, and the list of those that it has split.
 *
 * The tables are allocated as the kernel does for its own splits, because the kernel may
 * free them: since 6.15 it makes large pages of small ones again. track_join() notices
 * that such a table is not ours any more.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "module/compat/compat.h"
#include "module/limits/cgroup.h"
#include "splits.h"

#define SPLITS_HUGE_SHIFT	30	/* a page of 1 GiB */

/*
 * Tables that are not used any more. A task may have been stopped while it read one of
 * them, so RCU frees them when all tasks have run since. That may take longer than the
 * caller of a killed dump waits.
 */
struct splits_retired {
	struct rcu_head rcu;
	struct list_head tables;
};

static u64 splits_capacity(const struct track_splits *splits)
{
	return splits->limits.array + splits->limits.written;
}

/* The list is written while the system is stopped. */
static size_t splits_bytes(const struct track_splits *splits)
{
	return port_own_bytes(splits_capacity(splits) * sizeof(*splits->list));
}

int track_splits_open(struct track_splits *splits, const struct track_tables *tables,
		      const struct ld_source *src)
{
	splits->limits = track_split_limits(tables, ld_source_frames(src), src->nr_ranges);
	splits->list = port_alloc(splits_bytes(splits));
	/* Needed by track_splits_close(), when there may be no memory. */
	splits->retired = kzalloc(sizeof(*splits->retired), LIVEDUMP_GFP);
	return splits->list && splits->retired ? 0 : -ENOMEM;
}

/*
 * Request a split of the large page at @vaddr, unless there are @limit already. False: no room
 * or memory. May sleep.
 */
static bool splits_wish(struct track_splits *splits, u64 vaddr, u64 limit)
{
	struct page *page;

	if (splits->nr >= limit)
		return false;
	page = alloc_page(LIVEDUMP_GFP);
	if (!page)
		return false;
	splits->list[splits->nr++] = (struct track_split){
		.vaddr = vaddr,
		.pfn = page_to_pfn(page),
	};
	return true;
}

/*
 * Whether the struct page of @pfn was created at boot, and stays. Struct pages of memory that
 * was added later are in a high-order allocation. The kernel frees it as a whole, but page by
 * page if it finds it mapped by small pages, and then each page needs its own reference.
 * Struct pages of offline memory may be freed at any time.
 */
static bool splits_may_split_array(u64 pfn)
{
	struct mem_section *section = __pfn_to_section(pfn);

	return online_section(section) && early_section(section);
}

void track_splits_wish_array(struct track_splits *splits, const struct ld_source *src)
{
	const struct track_tables *t = splits->walk->tables;
	u64 large = LD_CHUNK * PAGE_SIZE / t->memmap_each;	/* page frames of a large page */
	u64 next = 0;

	if (livedump_hvo_is_used())
		return;
	for (unsigned int r = 0; r < src->nr_ranges; r++) {
		const struct ld_range *range = &src->ranges[r];

		for (u64 pfn = max(next, range->start); pfn < range->end; pfn = next) {
			next = round_down(pfn, large) + large;
			port_relax();
			if (!splits_may_split_array(pfn))
				continue;
			if (splits->walk->memmap_read_only ||
			    !splits_wish(splits, t->memmap_start + pfn * t->memmap_each,
					 splits->limits.array))
				return;
		}
	}
}

/*
 * For a written page of 1 GiB one split is requested: into pages of 2 MiB, of which the next
 * sweep finds out which were written. A request for each of these would use up the limit for
 * 64 GiB, whatever the size of the machine.
 */
void track_splits_wish_written(struct track_splits *splits, const struct ld_map *kept)
{
	const struct ld_groups *groups = kept->groups;
	u64 huge = ~0ULL;

	for (u64 n = 0; n < groups->nr_chunks; n++) {
		u64 chunk = ld_groups_chunk(groups, n);
		const u64 *changed = ld_map_chunk(&splits->walk->maps->changed, chunk);
		u64 at = splits->walk->tables->direct_start + (chunk * LD_CHUNK << PAGE_SHIFT);

		port_relax();
		/* A chunk has the size of a large page. Without one, the split does nothing. */
		if (at >> SPLITS_HUGE_SHIFT == huge ||
		    ld_weight(changed, LD_CHUNK_WORDS) != LD_CHUNK ||
		    !ld_weight(ld_map_chunk(kept, chunk), LD_CHUNK_WORDS))
			continue;
		if (!splits_wish(splits, at, splits_capacity(splits)))
			return;
		if (track_mapped_level(splits->walk, at) > 2)
			huge = at >> SPLITS_HUGE_SHIFT;
	}
}

static int splits_slice(void *arg)
{
	struct track_splits *splits = arg;
	u64 deadline = port_now_ns() + TRACK_SLICE_NS;

	for (; splits->next < splits->nr; splits->next++) {
		struct track_split *split = &splits->list[splits->next];
		int err;

		/* Only one of a page of 1 GiB, see track_splits_wish_written(). */
		if (split->vaddr >> SPLITS_HUGE_SHIFT == splits->broken)
			continue;
		err = track_split(splits->walk, split);
		if (err && err != -EAGAIN)
			return err;
		if (split->level > 2)
			splits->broken = split->vaddr >> SPLITS_HUGE_SHIFT;
		if (port_now_ns() > deadline) {
			splits->next++;
			return -EAGAIN;
		}
	}
	return 0;
}

/* Drop the requests from @first on that were not carried out. */
static void splits_drop(struct track_splits *splits, u64 first)
{
	u64 kept = first;

	for (u64 i = first; i < splits->nr; i++) {
		if (splits->list[i].level)
			splits->list[kept++] = splits->list[i];
		else
			__free_page(pfn_to_page(splits->list[i].pfn));
	}
	splits->nr = kept;
	splits->next = kept;
}

int track_splits_run(struct track_splits *splits)
{
	u64 first = splits->next;
	int err = 0;

	splits->broken = ~0ULL;

	while (splits->next < splits->nr) {
		/* Without memory, large pages stay as they are. */
		if (track_shadow_grow(splits->walk->shadow))
			break;
		err = track_slice_run(splits->slice, splits_slice, splits);
		if (err && err != -EAGAIN && err != -ENOSPC)
			break;
		if (err)
			track_slice_rest(splits->slice);
		err = 0;
	}
	splits_drop(splits, first);
	return err;
}

/*
 * A task that maps struct pages of huge pages anew may have been preempted between its look
 * at the table and its write to it. Until it goes on, the table has to stay.
 */
static bool splits_is_in_use(const struct track_splits *splits, const struct track_split *split)
{
	return livedump_hvo_is_used() && track_in_memmap(splits->walk->tables, split->vaddr);
}

static int splits_join_slice(void *arg)
{
	struct track_splits *splits = arg;
	u64 deadline = port_now_ns() + TRACK_SLICE_NS;

	/* Backwards: a later split may be of a part of an earlier one. */
	while (splits->next) {
		struct track_split *split = &splits->list[--splits->next];

		if (splits_is_in_use(splits, split) || track_join(splits->walk->tables, split))
			split->level = 0;
		if (port_now_ns() > deadline)
			return -EAGAIN;
	}
	return 0;
}

static void splits_free_retired(struct rcu_head *rcu)
{
	struct splits_retired *retired = container_of(rcu, struct splits_retired, rcu);
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &retired->tables, lru)
		__free_page(page);
	kfree(retired);
}

static void splits_retire(struct track_splits *splits, struct splits_retired *retired)
{
	INIT_LIST_HEAD(&retired->tables);
	for (u64 i = 0; i < splits->nr; i++) {
		if (splits->list[i].level)
			list_add(&pfn_to_page(splits->list[i].pfn)->lru, &retired->tables);
		port_relax();
	}
	call_rcu_tasks(&retired->rcu, splits_free_retired);
}

void track_splits_exit(void)
{
#ifdef CONFIG_TASKS_RCU
	rcu_barrier_tasks();
#else
	rcu_barrier();
#endif
}

/* If a processor does not answer, those that are left stay, which does no harm. */
static int splits_join_all(struct track_splits *splits)
{
	int err;

	splits->next = splits->nr;
	for (;;) {
		err = track_slice_run(splits->slice, splits_join_slice, splits);
		if (err != -EAGAIN)
			break;
		track_slice_rest(splits->slice);
	}
	for (u64 i = 0; i < splits->next && err; i++) {
		splits->list[i].level = 0;
		port_relax();
	}
	return err;
}

static void splits_undo(struct track_splits *splits)
{
	int err = splits_join_all(splits);
	u64 stay = 0;

	for (u64 i = 0; i < splits->nr; i++)
		stay += !splits->list[i].level;
	splits_retire(splits, splits->retired);
	splits->retired = NULL;
	if (stay)
		pr_info("livedump: note: %llu large pages stay split: %s\n", stay,
			err ? "a processor does not answer" : "the kernel uses the tables");
}

void track_splits_close(struct track_splits *splits)
{
	if (splits->nr)
		splits_undo(splits);
	kfree(splits->retired);
	if (splits->list)
		port_free(splits->list, splits_bytes(splits));
	splits->list = NULL;
	splits->nr = 0;
}
