/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * precopy.h - shared by the files of pre-copy: precopy.c has the rounds while the
 * system runs, precopy_early.c writes to the file during the rounds, precopy_pause.c
 * has the pause, and precopy_after.c the work after it.
 */
#ifndef LIVEDUMP_PRECOPY_H
#define LIVEDUMP_PRECOPY_H

#include "core/capture/capture.h"
#include "core/flow/stage.h"
#include "core/tracker.h"
#include "precopy_speed.h"

/* The state of a chunk. Only the worker that has the chunk writes it, also in the pause. */
struct precopy_chunk {
	u64 want[LD_CHUNK_WORDS];	/* to copy, by the page types of the last scan */
	u64 stale[LD_CHUNK_WORDS];	/* no copy, or written since it was copied */
	u64 typed[LD_CHUNK_WORDS];	/* of want: any page type but LD_TYPE_KERNEL */
	u64 paused[LD_CHUNK_WORDS];	/* copied in the last pause */
	u64 differs[LD_CHUNK_WORDS];	/* from its copy, or may: see precopy_devices.c */
	u64 planned[LD_CHUNK_WORDS];	/* kept by the plan */
};

/* Counts of a worker for this round or pause, and its times since the first round. */
struct precopy_count {
	u64 frames[SPEED_COPY];		/* page frames to copy, by class */
	u64 unplaced;			/* in a pause: of these, without a place */
	struct ld_speed speed[SPEED_CLASSES];
};

/* Find, copy, and copy again for a self-check. */
#define PRECOPY_PASSES_MAX	3U

struct precopy_pause {
	u64 begun_ns;
	u64 deadline_ns;
	u8 *rest;			/* a byte per chunk: the last round left stale frames */
	u8 *due;			/* a byte per chunk: the stage has to visit it */
	u64 unplaced;			/* of all workers, once it has decided */
	unsigned int nr_passes;
	struct ld_stage_run pass[PRECOPY_PASSES_MAX];
};

/* For a first round that writes to the file. */
struct precopy_early {
	bool used;
	struct ld_pagebuf_size size;	/* of the page buffer: as planned, then as needed */
	port_atomic64_t changed;	/* page frames that the second round found changed */
};

struct precopy {
	struct ld_pipeline *pipeline;
	const struct ld_tracker_ops *tracker;	/* NULL: tracking has not begun */
	void *freeze;			/* state of the freeze, which runs if tracking cannot */
	struct ld_need whole;		/* what that freeze needs */
	struct ld_pagebuf_size size;	/* of a page buffer with copies of everything */
	struct precopy_early early;
	port_atomic64_t lacking;	/* page frames that found no place in the page buffer */
	u64 cost[SPEED_CLASSES];	/* ns for SPEED_UNIT frames or chunks, by all workers */
	u64 mix[SPEED_COPY];		/* page frames of the last round, by class */
	struct ld_tracker_counts counts;	/* of the last sweep */
	struct precopy_chunk *chunks;	/* one for each chunk of the groups */
	struct precopy_pause pause;
	struct precopy_count worker[];
};

static inline struct precopy_chunk *precopy_chunk(const struct precopy *pc, u64 chunk)
{
	return &pc->chunks[ld_groups_chunk_nr(&pc->pipeline->groups, chunk)];
}

/* Update the state of @chunk and its keep map from the scan of @worker. */
void precopy_note_types(struct precopy *pc, unsigned int worker, u64 chunk);

/*
 * Copy the page frames in @want, and count them and the time. Returns 0, -ENOSPC if the page
 * buffer has no room for them, which is not blamed: none of them has a copy then; or another
 * negative errno, for which @stage is blamed.
 */
int precopy_copy(struct precopy *pc, unsigned int worker, u64 chunk, enum ld_stage stage,
		 const u64 *want);

/* Store in @frames the sums of the workers' counts by class, and reset the counts. */
void precopy_count(struct precopy *pc, u64 *frames);

/*
 * Note that the page frames in @want have no copy, because some of them lack room. Returns
 * -ENOSPC.
 */
int precopy_lack_room(struct precopy *pc, u64 chunk, const u64 *want);

/*
 * While no worker runs: if page frames lacked room, extend the page buffer and set *@more.
 * Returns 0 or a negative errno, e.g. -ENOMEM if the dump may not use that much memory.
 */
int precopy_make_room(struct precopy *pc, bool *more);

/*
 * A round, and more of them if page frames were left for lack of room. Returns 0 or a
 * negative errno.
 */
int precopy_round_all(struct precopy *pc);

/* Sweep. Blames errors on @stage, but a lack of memory on LD_STAGE_ALLOCATE. */
int precopy_sweep(struct precopy *pc, enum ld_stage stage, struct ld_tracker_counts *counts);

/* The time that all workers together need to copy @frames page frames of each class. */
u64 precopy_copy_ns(const struct precopy *pc, const u64 *frames);

/*
 * Leave in @frames the page frames that differ from their copies in more than the marks of
 * the processor, and count them. Returns 0 or a negative errno, which is blamed on @stage.
 */
int precopy_compare(struct precopy *pc, unsigned int worker, u64 chunk, enum ld_stage stage,
		    u64 *frames);

/*
 * Run a stage whose step calls precopy_compare(). *@differ is the number of page frames that
 * differ. A sweep after it finds all writes that came before they were read. Returns 0 or a
 * negative errno.
 */
int precopy_run_compare(struct precopy *pc, struct ld_stage_run *run, u64 *differ);

/*
 * Between two rounds: tell the tracker which page frames devices write. Returns 0 or a
 * negative errno.
 */
int precopy_find_devices(struct precopy *pc);

/*
 * Decide whether the first round writes to the file. If so, reduce need->memory, which is
 * enough for copies of everything.
 */
void precopy_early_plan(struct precopy *pc, struct ld_need *need);

/* Bytes of memory for the records and the page buffer: as planned, then as needed. */
u64 precopy_early_bytes(const struct precopy *pc);

/* Called before the first round and after the second one. Return 0 or a negative errno. */
int precopy_early_begin(struct precopy *pc);
int precopy_early_open(struct precopy *pc);

/* First round: write the page frames in @want. Returns 0 or a negative errno. */
int precopy_early_store(struct precopy *pc, unsigned int worker, u64 chunk, const u64 *want);

/*
 * Other rounds: clear the bits in @want of page frames that the file has unchanged. Before
 * the page buffer is open, count the others and clear @want. Returns 0 or a negative errno.
 */
int precopy_early_compare(struct precopy *pc, unsigned int worker, u64 chunk, u64 *want);

/*
 * Allocate and free what a pause needs. Returns 0 or -ENOMEM; close it in both cases. All
 * bytes of rest are 0 before the first round.
 */
int precopy_pause_open(struct precopy *pc);
void precopy_pause_close(struct precopy *pc);

/*
 * Set the bytes in due of chunks that the sweep touched, or in which the previous round left
 * stale page frames. precopy_next_due() is next_due() of a stage that visits only these.
 */
void precopy_find_due(struct precopy *pc);
u64 precopy_next_due(void *ctx, u64 nr);

/* Whether the chunk has stale page frames to copy. */
static inline bool precopy_is_stale(const struct precopy_chunk *c)
{
	u64 stale = 0;

	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		stale |= c->want[i] & c->stale[i];
	return stale;
}

/*
 * Pause the system, and copy the stale page frames. If too much is written between a round
 * and the pause, or too much memory comes into use, let the system go on, copy in another
 * round, and try again, a few times. Returns 0, -ETIME if each pause would have taken or took
 * too long, -ENOMEM, or another negative errno.
 */
int precopy_pauses(struct precopy *pc);

/*
 * After the pause: make the keep map final, and look for page frames that were written
 * without the tracker seeing it.
 */
int precopy_conclude(struct precopy *pc);

#endif
