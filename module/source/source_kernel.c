// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * source_kernel.c - the memory source of the module: the kernel's memory and
 * its struct pages.
 *
 * Memory may be unplugged during a dump. hotplug.c explains when a struct page
 * and the direct map of a page frame may be read.
 */
#include <linux/ioport.h>
#include <linux/memory_hotplug.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "arch.h"
#include "core/pages/bitmap.h"
#include "freeze.h"
#include "memmap.h"
#include "module/compat/compat.h"
#include "module/crew/answer.h"
#include "module/crew/crew.h"
#include "module/crew/hotplug.h"
#include "module/limits/cgroup.h"
#include "module/track/track.h"
#include "page_flags.h"
#include "source_kernel.h"
#include "system.h"
#include "unaccepted.h"

struct kernel_source {
	struct ld_source src;
	struct ld_range *ranges;
	unsigned int capacity;	/* of ranges; 0: only count them */
	void *notes;
	struct livedump_stop *stop;	/* NULL for a live dump */
	struct livedump_track *track;	/* between begin and end of tracking */
	struct livedump_memmap *memmap;	/* only for LD_MODE_FREEZE_KERNEL; may be NULL */
	bool survives_mc;	/* see livedump_arch_survives_mc() */
	bool frozen;		/* all processors are stopped, so nothing may sleep */
	const struct ld_control *control;
	struct livedump_hold hold[LIVEDUMP_WORKERS_MAX];	/* one for each worker */
};

static unsigned int source_unit_length(u64 pfn, unsigned int nr)
{
	return min_t(u64, nr, round_down(pfn, ONLINE_UNIT) + ONLINE_UNIT - pfn);
}

static int source_page_flags(struct ld_source *src, unsigned int worker, u64 pfn,
			     unsigned int nr, u16 *page_flags)
{
	struct kernel_source *ks = container_of(src, struct kernel_source, src);
	unsigned int run;

	for (unsigned int i = 0; i < nr; i += run) {
		run = source_unit_length(pfn + i, nr - i);
		/* During a freeze no memory is unplugged, and no lock may be written to. */
		if (ks->frozen) {
			livedump_page_flags_of(pfn + i, run, page_flags + i);
			continue;
		}
		livedump_hold_memory(&ks->hold[worker]);
		livedump_page_flags_of(pfn + i, run, page_flags + i);
		livedump_hold_end(&ks->hold[worker]);
		cond_resched();
	}
	return 0;
}

/* The page may be unmapped (secret memory, debugging), or have a memory error. */
static bool source_copy_frame(const struct kernel_source *ks, void *to, const void *from)
{
	if (ks->survives_mc)
		return livedump_arch_copy_mc(to, from);
	return !copy_from_kernel_nofault(to, from, PAGE_SIZE);
}

static bool source_is_page_readable(struct page *page)
{
	return !(livedump_page_flags(page) & LIVEDUMP_POISON_FLAG) && !PageOffline(page);
}

/*
 * Read page frames in one unit. Returns 0, or a negative errno if cancelled. The
 * caller holds off all that would take a page away after these checks; a freeze
 * does so by itself.
 */
static int source_read_unit(struct kernel_source *ks, u64 pfn, unsigned int nr, void *buf,
			    u64 *bad, unsigned int bit)
{
	struct page *page = livedump_unaccepted(pfn, nr) ? NULL : pfn_to_online_page(pfn);

	for (unsigned int i = 0; i < nr; i++) {
		int err = ld_control_cancelled(ks->control);

		if (err)
			return err;
		if (!page || !source_is_page_readable(page + i) ||
		    !source_copy_frame(ks, buf + ((size_t)i << PAGE_SHIFT), page_address(page + i)))
			ld_bit_set(bad, bit + i);
		if (!ks->frozen)
			cond_resched();
	}
	return 0;
}

static int source_read_frames(struct ld_source *src, unsigned int worker, u64 pfn,
			      unsigned int nr, void *buf, u64 *bad)
{
	struct kernel_source *ks = container_of(src, struct kernel_source, src);
	unsigned int run;
	int err;

	for (unsigned int i = 0; i < nr; i += run) {
		run = source_unit_length(pfn + i, nr - i);
		if (!ks->frozen)
			livedump_hold_pages(&ks->hold[worker]);
		err = source_read_unit(ks, pfn + i, run, buf + ((size_t)i << PAGE_SHIFT), bad, i);
		if (!ks->frozen)
			livedump_hold_end(&ks->hold[worker]);
		if (err)
			return err;
	}
	return 0;
}

static int source_ready(struct ld_source *src)
{
	return livedump_answer_still();
}

static int source_stop(struct ld_source *src, unsigned int workers, unsigned int rounds,
		       int (*fn)(void *arg, unsigned int worker, unsigned int round),
		       void *arg, u64 *pause_ns)
{
	struct kernel_source *ks = container_of(src, struct kernel_source, src);
	int err = livedump_answer_still();

	if (err)
		return err;
	ks->frozen = true;
	err = livedump_freeze(ks->stop, workers, rounds, fn, arg, &src->system, ks->notes,
			      pause_ns);
	ks->frozen = false;
	return err;
}

bool livedump_source_wrote(struct ld_source *src, u64 pfn)
{
	return livedump_stop_wrote(container_of(src, struct kernel_source, src)->stop, pfn);
}

void livedump_source_differs(struct ld_source *src, u64 pfn)
{
	struct page *page = pfn_to_page(pfn);

	pr_info("livedump: page frame %#llx differs: flags %pGp, %d references\n", pfn,
		&page->flags, page_ref_count(page));
}

static unsigned int source_describes(struct ld_source *src, u64 pfn, u64 *first)
{
	const struct kernel_source *ks = container_of(src, struct kernel_source, src);

	return livedump_memmap_describes(ks->memmap, pfn, first);
}

static struct kernel_source *source_of(struct ld_source *src)
{
	return container_of(src, struct kernel_source, src);
}

static int source_track_begin(struct ld_source *src, unsigned int workers, unsigned int level,
			      const char **why)
{
	struct kernel_source *ks = source_of(src);

	return livedump_track_begin(&ks->track, src, workers, level, ks->control, why);
}

static void source_track_end(struct ld_source *src)
{
	livedump_track_end(source_of(src)->track);
	source_of(src)->track = NULL;
}

static int source_track_sweep(struct ld_source *src, const struct ld_control *control,
			      struct ld_tracker_counts *counts)
{
	return livedump_track_sweep(source_of(src)->track, control, counts);
}

static int source_track_sweep_paused(struct ld_source *src, unsigned int worker,
				     unsigned int workers, u64 deadline_ns)
{
	return livedump_track_sweep_paused(source_of(src)->track, worker, workers, deadline_ns);
}

static void source_track_take(struct ld_source *src, unsigned int worker, u64 chunk, u64 *frames)
{
	struct kernel_source *ks = source_of(src);

	livedump_track_take(ks->track, worker, chunk, ks->frozen, frames);
}

static u64 source_track_touched(struct ld_source *src, u64 group)
{
	return livedump_track_touched(source_of(src)->track, group);
}

static bool source_track_types_changed(struct ld_source *src, u64 chunk)
{
	return livedump_track_types_changed(source_of(src)->track, chunk);
}

static bool source_track_written(struct ld_source *src, u64 pfn)
{
	return livedump_track_written(source_of(src)->track, pfn);
}

static void source_track_in_doubt(struct ld_source *src, u64 chunk, u64 *frames)
{
	livedump_track_in_doubt(source_of(src)->track, chunk, frames);
}

static void source_track_device_wrote(struct ld_source *src, u64 pfn)
{
	livedump_track_device_wrote(source_of(src)->track, pfn);
}

static const struct ld_source_ops kernel_ops = {
	.name = "kernel",
	.page_flags = source_page_flags,
	.read = source_read_frames,
};

static const struct ld_freezer_ops kernel_freezer = {
	.ready = source_ready,
	.stop = source_stop,
};

static const struct ld_memmap_ops kernel_memmap = {
	.describes = source_describes,
};

static const struct ld_tracker_ops kernel_tracker = {
	.begin = source_track_begin,
	.sweep = source_track_sweep,
	.sweep_paused = source_track_sweep_paused,
	.take = source_track_take,
	.touched = source_track_touched,
	.types_changed = source_track_types_changed,
	.written = source_track_written,
	.in_doubt = source_track_in_doubt,
	.device_wrote = source_track_device_wrote,
	.end = source_track_end,
};

/* Called in ascending order, as in the resource tree. Adjacent ranges are merged. */
static int ranges_add(struct kernel_source *ks, u64 start, u64 end)
{
	struct ld_source *src = &ks->src;

	if (start >= end)
		return 0;
	if (ks->capacity) {
		struct ld_range *last = src->nr_ranges ? &ks->ranges[src->nr_ranges - 1] : NULL;

		if (last && last->end == start) {
			last->end = end;
			return 0;
		}
		if (src->nr_ranges == ks->capacity)
			return -EAGAIN;	/* memory was plugged in meanwhile */
		ks->ranges[src->nr_ranges].start = start;
		ks->ranges[src->nr_ranges].end = end;
	}
	src->nr_ranges++;
	return 0;
}

/* The part of a range of RAM that was not looked at for crash kernel memory yet. */
struct ram_rest {
	struct kernel_source *ks;
	u64 start;
	u64 end;
};

static int ranges_skip_crash_kernel(struct resource *res, void *arg)
{
	struct ram_rest *rest = arg;
	u64 start = res->start >> PAGE_SHIFT, end = (res->end >> PAGE_SHIFT) + 1;
	int err;

	if (end <= rest->start || start >= rest->end)
		return 0;
	err = ranges_add(rest->ks, rest->start, start);
	rest->start = end;
	return err;
}

static int ranges_add_ram(struct resource *res, void *arg)
{
	struct ram_rest rest = {
		.ks = arg,
		.start = (res->start + PAGE_SIZE - 1) >> PAGE_SHIFT,
		.end = (res->end + 1) >> PAGE_SHIFT,
	};
	int err;

	/*
	 * To find a range the kernel goes through all before it: 64 TB that were
	 * plugged in by 2 GB have 32,768 ranges, some 0.1 ms for each.
	 */
	cond_resched();
	err = walk_iomem_res_desc(IORES_DESC_CRASH_KERNEL, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
				  res->start, res->end, &rest, ranges_skip_crash_kernel);
	if (err < 0 && err != -EINVAL)
		return err;
	return ranges_add(rest.ks, rest.start, rest.end);
}

static int ranges_walk_ram(struct kernel_source *ks)
{
	ks->src.nr_ranges = 0;
	return walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
				   0, -1, ks, ranges_add_ram);
}

static int ranges_find(struct kernel_source *ks)
{
	struct ld_source *src = &ks->src;
	int err;

	do {
		kvfree(ks->ranges);
		ks->ranges = NULL;
		ks->capacity = 0;
		err = ranges_walk_ram(ks);
		if (err)
			return err;
		ks->capacity = src->nr_ranges;
		ks->ranges = kvcalloc(ks->capacity, sizeof(*ks->ranges), LIVEDUMP_GFP);
		if (!ks->ranges)
			return -ENOMEM;
		err = ranges_walk_ram(ks);
	} while (err == -EAGAIN);
	if (err)
		return err;
	if (!src->nr_ranges)
		return -EOPNOTSUPP;
	src->ranges = ks->ranges;
	src->max_pfn = ks->ranges[src->nr_ranges - 1].end;
	return 0;
}

int livedump_source_open(struct ld_source **src, const struct ld_control *control,
			 enum ld_mode mode)
{
	struct kernel_source *ks;
	int err;

	ks = kzalloc(sizeof(*ks), LIVEDUMP_GFP);
	if (!ks)
		return -ENOMEM;
	ks->src.ops = &kernel_ops;
	ks->src.page_shift = PAGE_SHIFT;
	ks->control = control;
	ks->survives_mc = livedump_arch_survives_mc();
	for (unsigned int i = 0; i < LIVEDUMP_WORKERS_MAX; i++)
		livedump_hold_add(&ks->hold[i]);
	err = ranges_find(ks);
	if (!err)
		err = livedump_system_get(&ks->src.system, &ks->notes, mode != LD_MODE_LIVE);
	if (!err && mode != LD_MODE_LIVE) {
		ks->src.freezer = &kernel_freezer;
		ks->src.tracker = &kernel_tracker;
		ks->stop = livedump_stop_alloc();
		err = ks->stop ? 0 : -ENOMEM;
	}
	if (!err && mode == LD_MODE_FREEZE_KERNEL)
		err = livedump_memmap_open(&ks->memmap, &ks->src, &ks->hold[0], control);
	if (ks->memmap)
		ks->src.memmap = &kernel_memmap;
	if (err) {
		livedump_source_close(&ks->src);
		return err;
	}
	*src = &ks->src;
	return 0;
}
EXPORT_SYMBOL_FOR_TESTS(livedump_source_open);

void livedump_source_close(struct ld_source *src)
{
	struct kernel_source *ks = container_of(src, struct kernel_source, src);

	source_track_end(src);
	kvfree(ks->notes);
	kvfree(ks->ranges);
	livedump_memmap_close(ks->memmap);
	livedump_stop_free(ks->stop);
	for (unsigned int i = 0; i < LIVEDUMP_WORKERS_MAX; i++)
		livedump_hold_remove(&ks->hold[i]);
	kfree(ks);
}
EXPORT_SYMBOL_FOR_TESTS(livedump_source_close);
