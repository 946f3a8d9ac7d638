/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tracker.h - which page frames are written to while the system runs.
 *
 * A tracker is an optional part of a source. Pre-copy copies all page frames
 * while the system runs, and then, in a pause, those that the tracker names. It
 * may name more than were written to, never fewer, except what its self-check
 * counts, see written().
 */
#ifndef LIVEDUMP_TRACKER_H
#define LIVEDUMP_TRACKER_H

#include "port/port.h"

struct ld_control;
struct ld_source;

/* What a sweep has found, for the prediction of the pause and for the report. */
struct ld_tracker_counts {
	u64 changed;		/* page frames to copy that take() would name in a pause now */
	u64 always;		/* of them those that it names whether written to or not */
	u64 scan_ns;		/* what one worker needed to look at all that is tracked */
	u64 reclassify;		/* chunks that types_changed() would name now, about */
};

struct ld_tracker_ops {
	/*
	 * Begin to track. All page frames count as written to before. @level is
	 * the dump level: what it drops need not be tracked. Returns 0, or a
	 * negative errno with nothing to end: -EOPNOTSUPP if this system cannot
	 * be tracked, with a literal in *@why that says the reason.
	 */
	int (*begin)(struct ld_source *src, unsigned int workers, unsigned int level,
		     const char **why);

	/*
	 * Find what was written to since begin() or the sweep before. May sleep,
	 * and stop the system, for at most 1 ms at a time. Ends with -ECANCELED
	 * if @control is cancelled. Returns 0 or a negative errno.
	 */
	int (*sweep)(struct ld_source *src, const struct ld_control *control,
		     struct ld_tracker_counts *counts);

	/*
	 * The same in a pause. All workers call it at the same time, and go on
	 * to take() when all have returned. Must not sleep, allocate or free.
	 */
	int (*sweep_paused)(struct ld_source *src, unsigned int worker, unsigned int workers);

	/*
	 * Set the bits of page frames of @chunk, LD_CHUNK_WORDS words, that the
	 * sweeps have found, and forget them. In a pause also those that must be
	 * copied whether they were written to or not. Different workers call it
	 * for different chunks.
	 */
	void (*take)(struct ld_source *src, unsigned int worker, u64 chunk, u64 *frames);

	/*
	 * After a sweep: a bit for each chunk of @group, the lowest for the first, that take()
	 * would name page frames of, or whose page types may have changed since it was last
	 * taken. Nothing is asked about the others, or a pause would grow with the memory. In a
	 * pause it stays the same.
	 */
	u64 (*touched)(struct ld_source *src, u64 group);

	/*
	 * In a pause, after sweep_paused(): whether the page types of the chunk
	 * may have changed since the last sweep() before the pause.
	 */
	bool (*types_changed)(struct ld_source *src, u64 chunk);

	/*
	 * After the pause, and a sweep() since, before end(): whether page frame @pfn,
	 * whose content was another one before that sweep than in the pause, was
	 * written to in a way that the tracker sees. If not, a device wrote to it,
	 * and it may have escaped before, too. Different threads may call it.
	 */
	bool (*written)(struct ld_source *src, u64 pfn);

	/* Stop to track, and leave the system as it was. */
	void (*end)(struct ld_source *src);
};

#endif
