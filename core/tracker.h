/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tracker.h - finds the page frames that are written while the system runs.
 *
 * A tracker is an optional part of a source. Pre-copy copies all page frames
 * while the system runs, and then, in a pause, those that the tracker reports. The
 * tracker may report page frames that were not written. It misses none, except
 * those that written() helps to count.
 */
#ifndef LIVEDUMP_TRACKER_H
#define LIVEDUMP_TRACKER_H

#include "port/port.h"

struct ld_control;
struct ld_source;

/* What a sweep found, to estimate the pause and for the report. */
struct ld_tracker_counts {
	u64 changed;		/* page frames to copy that take() would report in a pause now */
	u64 always;		/* of changed: reported in every pause, written or not */
	u64 scan_ns;		/* time that one worker needs for a full scan */
	u64 reclassify;		/* chunks for which types_changed() is true, roughly */
};

struct ld_tracker_ops {
	/*
	 * Begin to track. The caller treats all page frames as written before. Page
	 * frames that the dump level @level drops need not be tracked. Returns 0, or
	 * a negative errno, and then end() must not be called: -EOPNOTSUPP if this
	 * system cannot be tracked, with the reason, a literal, in *@why.
	 */
	int (*begin)(struct ld_source *src, unsigned int workers, unsigned int level,
		     const char **why);

	/*
	 * Find the page frames written since begin() or the previous sweep. May
	 * sleep. May stop the system, for about 1 ms at a time. Returns 0 or a
	 * negative errno: -ECANCELED if @control is cancelled.
	 */
	int (*sweep)(struct ld_source *src, const struct ld_control *control,
		     struct ld_tracker_counts *counts);

	/*
	 * The same in a pause. All workers call it at the same time, and call
	 * take() only when all have returned. Must not sleep, allocate or free.
	 * Returns 0 or a negative errno: -ETIME soon after @deadline_ns, a time of
	 * port_now_ns(). Then the pause has to be given up, and the next sweep() finds
	 * what this one has not found. 0: no deadline.
	 */
	int (*sweep_paused)(struct ld_source *src, unsigned int worker, unsigned int workers,
			    u64 deadline_ns);

	/*
	 * Set the bits in @frames, LD_CHUNK_WORDS words, of the page frames of @chunk
	 * that the sweeps found, and forget them. Also set the bits of page frames
	 * that have to be copied in each pause, or in each round, written or not.
	 * Different workers call it for different chunks.
	 */
	void (*take)(struct ld_source *src, unsigned int worker, u64 chunk, u64 *frames);

	/*
	 * After a sweep: the chunks of @group, the lowest bit for the first, for which take()
	 * would set bits, or whose page types may have changed since the last take(). The
	 * caller skips all other chunks, so that the pause does not grow with the memory. The
	 * result does not change during a pause.
	 */
	u64 (*touched)(struct ld_source *src, u64 group);

	/*
	 * In a pause, after sweep_paused(): whether the page types of the chunk
	 * may have changed since the last sweep() before the pause.
	 */
	bool (*types_changed)(struct ld_source *src, u64 chunk);

	/*
	 * After a pause or round and one more sweep(), before end(): whether the tracker saw
	 * a write to page frame @pfn since that pause or round. The caller found before that
	 * sweep that the page had changed. If the tracker saw no write, a device wrote it,
	 * and may have done so before the pause, too. Different threads may call it.
	 */
	bool (*written)(struct ld_source *src, u64 pfn);

	/*
	 * Between a round and the next: set the bits of page frames of @chunk that a device
	 * may write although take() does not name them in each pause. Only one thread calls
	 * it. From the next sweep() on, take() also names those that a processor may have read
	 * meanwhile, because it reads what a device wrote.
	 *
	 * The caller compares these with their copies, makes one more sweep(), and asks
	 * written() about those that differ, as above. device_wrote() tells of one to which
	 * the tracker saw no write: from the next sweep() on take() names it in each pause.
	 * Only one thread calls that.
	 */
	void (*in_doubt)(struct ld_source *src, u64 chunk, u64 *frames);
	void (*device_wrote)(struct ld_source *src, u64 pfn);

	/* Stop tracking, and restore the system. */
	void (*end)(struct ld_source *src);
};

#endif
