// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * track.c - finds the page frames that are written while the system runs.
 *
 * The processor records writes in the dirty bits of the kernel's own page tables. The
 * tracker clears these bits, so that a set bit shows a write since then. It also clears
 * accessed bits and splits large pages. All this does no harm if it stays, so a dump
 * whose thread crashes leaves nothing behind that has to be undone.
 *
 * Meanwhile no memory can be taken offline, because its page tables could be freed then.
 * Those of memory that is offline already may be freed, so they are not read.
 */
#include <linux/math64.h>
#include <linux/mm.h>

#include "arch.h"
#include "core/format/vmcoreinfo.h"
#include "due.h"
#include "facts.h"
#include "module/crew/answer.h"
#include "module/crew/hotplug.h"
#include "module/crew/own.h"
#include "module/tables/bits.h"
#include "preflight.h"
#include "slice.h"
#include "splits.h"
#include "track.h"

/* The number of sweeps that split large pages. A later split would not pay. */
#define TRACK_SPLITTING	4U

/* The least number of tables in a slice for a measurement of the time per table. */
#define TRACK_TIMED	32U

struct track_known {
	u64 table_ns;			/* least time for 1024 tables; 0: not known */
	u64 frees;			/* livedump_own_frees() at the last sweep */
	u64 patches;			/* count of code patches at the last sweep */
	unsigned int sweeps;
	unsigned int workers;
	bool prunes;			/* accessed bits are reliable */
	bool removal_refused;
};

/* Written in the pause, see PORT_OWN_MIN. */
struct livedump_track {
	struct ld_source *src;
	struct ld_groups groups;
	struct track_maps maps;
	struct track_facts facts;
	struct track_shadow shadow;
	struct track_tables tables;
	struct track_slice *slice;
	struct track_walk walk;		/* of the current sweep */
	struct track_splits splits;
	struct track_known known;
};

static size_t track_bytes(void)
{
	return port_own_bytes(sizeof(struct livedump_track));
}

static u64 *track_table(void *ctx, u64 pfn)
{
	return pfn_valid(pfn) ? __va(PFN_PHYS(pfn)) : NULL;
}

static bool track_is_own(void *ctx, u64 pfn)
{
	return pfn_valid(pfn) && livedump_is_own(pfn_to_page(pfn));
}

static int track_open_map(struct livedump_track *track, struct ld_map *map)
{
	map->groups = &track->groups;
	map->words = port_alloc(port_own_bytes(ld_map_bytes(&track->groups)));
	return map->words ? 0 : -ENOMEM;
}

static void track_clear_map(const struct livedump_track *track, struct ld_map *map)
{
	for (u64 n = 0; n < track->groups.nr_chunks; n++) {
		memset(ld_map_chunk(map, ld_groups_chunk(&track->groups, n)), 0,
		       LD_CHUNK_WORDS * sizeof(u64));
		port_relax();
	}
}

static struct ld_map *track_map(struct livedump_track *track, unsigned int i)
{
	struct ld_map *maps[] = {
		&track->maps.changed, &track->maps.read_only, &track->maps.not_raw,
		&track->maps.retyped, &track->maps.used, &track->facts.kept,
		&track->facts.mapped, &track->facts.bare, &track->facts.devices,
	};

	return i < ARRAY_SIZE(maps) ? maps[i] : NULL;
}

static int track_open_maps(struct livedump_track *track)
{
	int err = ld_groups_open(&track->groups, track->src);

	for (unsigned int i = 0; track_map(track, i) && !err; i++)
		err = track_open_map(track, track_map(track, i));
	if (!err)
		err = track_due_open(&track->maps);
	return err ?: track_shadow_open(&track->shadow);
}

static void track_close_maps(struct livedump_track *track)
{
	track_image_close(&track->maps.image);
	track_shadow_close(&track->shadow);
	track_due_close(&track->maps);
	for (unsigned int i = 0; track_map(track, i); i++)
		port_free(track_map(track, i)->words,
			  port_own_bytes(ld_map_bytes(&track->groups)));
	ld_groups_close(&track->groups);
}

static bool track_find_tables(struct livedump_track *track)
{
	const struct ld_system *sys = &track->src->system;
	const struct vmcoreinfo vi = { (const char *)sys->notes + sys->vmcoreinfo_off,
				       sys->vmcoreinfo_size };
	u64 root;

	if (!vmcoreinfo_hex(&vi, "SYMBOL(swapper_pg_dir)", &root))
		return false;
	track->tables.table = track_table;
	track->tables.own = track_is_own;
	return track_arch_open(&track->tables, track->src,
			       root - sys->arch->paging.image_base + sys->phys_base);
}

/* Find the kernel image. Without it, no read-only page frame is treated as fixed. */
static int track_open_image(struct livedump_track *track)
{
	const struct ld_system *sys = &track->src->system;
	const struct vmcoreinfo vi = { (const char *)sys->notes + sys->vmcoreinfo_off,
				       sys->vmcoreinfo_size };
	struct track_image *image = &track->maps.image;
	u64 start, first;
	int err;

	if (!vmcoreinfo_hex(&vi, "SYMBOL(_stext)", &start))
		return 0;
	start = round_down(start, LD_CHUNK << PAGE_SHIFT);
	first = (start - sys->arch->paging.image_base + sys->phys_base) >> PAGE_SHIFT;
	err = track_image_open(image, start, track_arch_image_end(), first);
	/* It stops all processors. */
	if (!err)
		err = livedump_answer_still();
	if (err)
		return err;
	track_arch_find_patches();
	image->counted = track_arch_count_patches(&track->known.patches);
	return err;
}

/*
 * If code was patched since the last sweep, mark all of it as written. A patch in progress
 * that is not counted yet is found by the next sweep.
 */
static void track_add_patches(struct livedump_track *track)
{
	const struct track_image *image = &track->maps.image;
	u64 patches;

	if (!image->counted || track_rule_is_off(TRACK_RULE_PATCHED))
		return;
	/* This cannot fail if it did not before. */
	track_arch_count_patches(&patches);
	if (patches != track->known.patches) {
		track_image_patched(image, &track->maps.changed);
		track_touch(&track->maps, image->first,
			    image->first + ((image->end - image->start) >> PAGE_SHIFT));
	}
	track->known.patches = patches;
}

static int track_walk_slice(void *arg)
{
	struct livedump_track *track = arg;
	u64 begun = port_now_ns(), scanned = track->walk.scanned;
	int err;

	track->walk.deadline_ns = begun + TRACK_SLICE_NS;
	err = track_walk(&track->walk);
	scanned = track->walk.scanned - scanned;
	/* The host may have preempted a virtual processor, so take the best slice. */
	if (scanned >= TRACK_TIMED) {
		u64 ns = div64_u64((port_now_ns() - begun) * 1024, scanned);

		if (!track->known.table_ns || ns < track->known.table_ns)
			track->known.table_ns = ns;
	}
	return err;
}

/* Walk all page tables, in slices, between which the system runs. */
static int track_walk_all(struct livedump_track *track, enum track_mode mode, bool skip_own,
			  const struct ld_control *control)
{
	int err;

	track->walk = (struct track_walk){
		.tables = &track->tables,
		.shadow = &track->shadow,
		.maps = &track->maps,
		.mode = mode,
		.workers = 1,
		.prune = track->known.prunes,
		.skip_own = skip_own,
		.note_used = track->facts.notes_used,
		.add_image = mode == TRACK_LIVE && !track->known.sweeps,
	};
	do {
		/* Restoring bits needs no memory, and there may be none. */
		err = mode == TRACK_RESTORE ? 0 : track_shadow_grow(&track->shadow);
		if (!err && control)
			err = ld_control_cancelled(control);
		if (err)
			return err;
		err = track_slice_run(track->slice, track_walk_slice, track);
		if (err)
			track_slice_rest(track->slice);
	} while (err == -EAGAIN || err == -ENOSPC);
	return err;
}

static int track_split_some(struct livedump_track *track)
{
	unsigned int sweep = track->known.sweeps++;

	/*
	 * With PREEMPT_RT a task that changes attributes can be preempted between its look at
	 * an entry and its write: what it has seen must not go meanwhile, see track_join().
	 */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) || sweep >= TRACK_SPLITTING || track_arch_keeps_split())
		return 0;
	track->splits.slice = track->slice;
	track->splits.walk = &track->walk;
	if (!sweep)
		track_splits_wish_array(&track->splits, track->src);
	else
		track_splits_wish_written(&track->splits, &track->facts.kept);
	return track_splits_run(&track->splits);
}

/* TRACK_OWN is valid if no buffer of a dump was freed since the last sweep. */
static bool track_may_skip_own(struct livedump_track *track)
{
	u64 frees = livedump_own_frees();
	bool same = frees == track->known.frees;

	track->known.frees = frees;
	return same;
}

static int track_sweep(struct livedump_track *track, const struct ld_control *control, bool first,
		       struct ld_tracker_counts *counts)
{
	struct track_due due = {
		.facts = &track->facts, .maps = &track->maps, .workers = track->known.workers,
	};
	int err;

	memset(counts, 0, sizeof(*counts));
	port_atomic64_set(&track->facts.nr_used, 0);
	track_add_patches(track);
	err = track_walk_all(track, TRACK_LIVE, !first && track_may_skip_own(track), control);
	if (!err)
		err = track_due_look(&due, first, control, &counts->reclassify);
	if (!err)
		err = track_split_some(track);
	if (err)
		return err;
	counts->scan_ns = track->walk.scanned * track->known.table_ns / 1024;
	track_due_count(&due, counts);
	return 0;
}

int livedump_track_sweep(struct livedump_track *track, const struct ld_control *control,
			 struct ld_tracker_counts *counts)
{
	return track_sweep(track, control, false, counts);
}

int livedump_track_sweep_paused(struct livedump_track *track, unsigned int worker,
				unsigned int workers, u64 deadline_ns)
{
	struct track_walk walk = {
		.tables = &track->tables,
		.shadow = &track->shadow,
		.maps = &track->maps,
		.mode = TRACK_PAUSED,
		.worker = worker,
		.workers = workers,
		.prune = track->known.prunes,
		.skip_own = livedump_own_frees() == track->known.frees,
		.note_used = track->facts.notes_used,
		.deadline_ns = deadline_ns,
	};
	int err;

	if (!worker)
		track_add_patches(track);
	err = track_walk(&walk);
	port_atomic64_add(&track->facts.nr_used, (s64)walk.used);
	return err;
}

void livedump_track_take(struct livedump_track *track, unsigned int worker, u64 chunk, bool paused,
			 u64 *frames)
{
	u64 *changed = ld_map_chunk(&track->maps.changed, chunk);
	u64 *used = ld_map_chunk(&track->maps.used, chunk);

	if (paused && livedump_track_types_changed(track, chunk))
		track_facts_look(&track->facts, &track->maps, worker, chunk);
	track_facts_always(&track->facts, &track->maps, chunk, paused, frames);
	track_facts_used(&track->facts, &track->maps, chunk, paused, frames);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		frames[i] |= changed[i];
		changed[i] = 0;
		used[i] = 0;
	}
	if (!paused)
		track_due_taken(&track->facts, &track->maps, chunk);
}

u64 livedump_track_touched(const struct livedump_track *track, u64 group)
{
	u64 index = ld_groups_index(&track->groups, group);

	return index < track->groups.nr ? track_get(&track->maps.touched[index]) : 0;
}

bool livedump_track_types_changed(const struct livedump_track *track, u64 chunk)
{
	return ld_weight(ld_map_chunk(&track->maps.retyped, chunk), LD_CHUNK_WORDS);
}

bool livedump_track_written(const struct livedump_track *track, u64 pfn)
{
	return ld_map_any(&track->maps.changed, pfn, pfn + 1);
}

void livedump_track_in_doubt(struct livedump_track *track, u64 chunk, u64 *frames)
{
	/* What is used from the last sweep on may differ from what is compared now. */
	track->facts.notes_used = !track_rule_is_off(TRACK_RULE_USED);
	track_facts_in_doubt(&track->facts, &track->maps, chunk, frames);
}

void livedump_track_device_wrote(struct livedump_track *track, u64 pfn)
{
	track_facts_device(&track->facts, &track->maps, pfn);
}

void livedump_track_flush(void)
{
	track_arch_flush();
}

static int track_open(struct livedump_track *track, const struct ld_control *control,
		      const char **why)
{
	struct ld_tracker_counts counts;
	int err;

	*why = track_arch_find_obstacle();
	if (*why)
		return -EOPNOTSUPP;
	err = track_open_maps(track);
	if (err)
		return err;
	track->slice = track_slice_alloc();
	if (!track->slice)
		return -ENOMEM;
	if (!track_find_tables(track)) {
		*why = "the kernel's page tables were not found";
		return -EOPNOTSUPP;
	}
	err = track_splits_open(&track->splits, &track->tables, track->src);
	if (!err)
		err = track_open_image(track);
	if (err)
		return err;
	track->known.removal_refused = livedump_refuse_removal();
	if (!track->known.removal_refused) {
		*why = "memory is being removed";
		return -EOPNOTSUPP;
	}
	err = track_preflight(&track->tables, track->slice, &track->known.prunes, why);
	if (err)
		return err;
	track_arch_add_hidden(&track->maps.read_only);
	err = track_sweep(track, control, true, &counts);
	/*
	 * The first sweep marks everything as written. The caller knows that, so forget it. The
	 * next sweep finds real writes, for which large pages are split.
	 */
	track_clear_map(track, &track->maps.changed);
	return err;
}

int livedump_track_begin(struct livedump_track **to, struct ld_source *src,
			 unsigned int workers, unsigned int level,
			 const struct ld_control *control, const char **why)
{
	struct livedump_track *track = port_alloc(track_bytes());
	int err;

	*why = NULL;
	*to = track;
	if (!track)
		return -ENOMEM;
	track->src = src;
	track->facts.src = src;
	track->facts.level = level;
	track->known.workers = workers;
	err = track_open(track, control, why);
	if (err) {
		livedump_track_end(track);
		*to = NULL;
	}
	return err;
}

void livedump_track_end(struct livedump_track *track)
{
	if (!track)
		return;
	/*
	 * Restore the bits that the preflight and the sweeps have cleared. If the walk fails,
	 * some dirty bits stay clear, which does no harm.
	 */
	if (track->known.removal_refused)
		track_walk_all(track, TRACK_RESTORE, false, NULL);
	track_splits_close(&track->splits);
	if (track->known.removal_refused)
		livedump_allow_removal();
	track_slice_free(track->slice);
	track_close_maps(track);
	port_free(track, track_bytes());
}

void livedump_track_exit(void)
{
	track_splits_exit();
}
