/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * precopy.h - what the files of pre-copy share: precopy.c has the rounds while the
 * system runs, precopy_early.c what is written to the file in them, precopy_pause.c the
 * pause, precopy_after.c what follows it.
 */
#ifndef LIVEDUMP_PRECOPY_H
#define LIVEDUMP_PRECOPY_H

#include "core/capture/capture.h"
#include "core/flow/stage.h"
#include "core/tracker.h"
#include "precopy_speed.h"

/* What is known of a chunk. The worker that has the chunk writes it, in the pause, too. */
struct precopy_chunk {
	u64 want[LD_CHUNK_WORDS];	/* to copy, by the page types that were seen last */
	u64 stale[LD_CHUNK_WORDS];	/* there is no copy, or it was written to since */
	u64 typed[LD_CHUNK_WORDS];	/* of want: the page type says whose it is */
	u64 paused[LD_CHUNK_WORDS];	/* copied in the last pause */
	u64 planned[LD_CHUNK_WORDS];	/* kept by the plan */
};

/* What a worker has counted in this round or pause, and measured since the first round. */
struct precopy_count {
	u64 frames[SPEED_COPY];		/* by the class of copying them */
	struct ld_speed speed[SPEED_CLASSES];
};

/* Find, copy, and copy again for a self-check. */
#define PRECOPY_PASSES_MAX	3U

struct precopy_pause {
	u64 begun_ns;
	bool too_long;			/* it was given up */
	bool copied;			/* it went on to copy */
	u8 *rest;			/* a byte for each chunk: after a round some is stale */
	u8 *due;			/* the same: the stage that runs has to look at it */
	unsigned int nr_passes;
	struct ld_stage_run pass[PRECOPY_PASSES_MAX];
};

/* If the first round writes to the file. */
struct precopy_early {
	bool used;
	struct ld_pagebuf_size size;	/* of the page buffer: as planned, then as needed */
	port_atomic64_t changed;	/* page frames that the second round has to copy */
};

struct precopy {
	struct ld_pipeline *pipeline;
	const struct ld_tracker_ops *tracker;	/* NULL: has not begun */
	void *freeze;			/* state of the freeze that is done instead if need be */
	struct ld_need whole;		/* what that freeze needs */
	struct ld_pagebuf_size size;	/* of a page buffer for all that is copied */
	struct precopy_early early;
	u64 cost[SPEED_CLASSES];	/* ns that all workers together need for SPEED_UNIT */
	u64 mix[SPEED_COPY];		/* page frames of the last round by their class */
	struct ld_tracker_counts counts;	/* of the last sweep */
	struct precopy_chunk *chunks;	/* one for each chunk of the groups */
	struct precopy_pause pause;
	struct precopy_count worker[];
};

static inline struct precopy_chunk *precopy_chunk(const struct precopy *pc, u64 chunk)
{
	return &pc->chunks[ld_groups_chunk_nr(&pc->pipeline->groups, chunk)];
}

/* Note what the scan of @worker has found of @chunk. */
void precopy_note_types(struct precopy *pc, unsigned int worker, u64 chunk);

/* Copy the page frames in @want, and count them and the time. @stage is blamed. */
int precopy_copy(struct precopy *pc, unsigned int worker, u64 chunk, enum ld_stage stage,
		 const u64 *want);

/* Add what the workers have counted by classes, and begin to count anew. */
void precopy_count(struct precopy *pc, u64 *frames);

/* Find what has been written to. An error is blamed on @stage, but for want of memory. */
int precopy_sweep(struct precopy *pc, enum ld_stage stage, struct ld_tracker_counts *counts);

/* The time to copy @frames page frames of each class, by all workers together. */
u64 precopy_copy_ns(const struct precopy *pc, const u64 *frames);

/*
 * Decide whether the first round writes to the file. If so, set need->memory, which is that
 * for copies of all.
 */
void precopy_early_plan(struct precopy *pc, struct ld_need *need);

/* Bytes of memory that it takes: as planned, then as needed. */
u64 precopy_early_bytes(const struct precopy *pc);

/* Before the first round and after the second one. Return 0 or a negative errno. */
int precopy_early_begin(struct precopy *pc);
int precopy_early_open(struct precopy *pc);

/* First round: write the page frames in @want. Returns 0 or a negative errno. */
int precopy_early_store(struct precopy *pc, unsigned int worker, u64 chunk, const u64 *want);

/*
 * Other rounds: leave in @want what differs from what the file has. Before the page buffer
 * is open, it is counted only, and nothing is left. Returns 0 or a negative errno.
 */
int precopy_early_compare(struct precopy *pc, unsigned int worker, u64 chunk, u64 *want);

/*
 * Open and close what a pause needs. Returns 0 or -ENOMEM; close it in both cases. All
 * bytes of rest are 0 before the first round.
 */
int precopy_pause_open(struct precopy *pc);
void precopy_pause_close(struct precopy *pc);

/*
 * Note which chunks the sweep has touched, and of which the round before has left something
 * over. precopy_next_due() is for a stage that looks at these.
 */
void precopy_find_due(struct precopy *pc);
u64 precopy_next_due(void *ctx, u64 nr);

/* Whether some of the chunk is to be copied. */
static inline bool precopy_is_stale(const struct precopy_chunk *c)
{
	u64 stale = 0;

	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		stale |= c->want[i] & c->stale[i];
	return stale;
}

/*
 * Pause the system, and copy what is stale. Returns 0, -ETIME if the pause was given
 * up because it would take too long or took too long, or another negative errno.
 */
int precopy_pause(struct precopy *pc);

/*
 * The pause is over. Look for page frames that were written to unseen, and make the
 * keep map final.
 */
int precopy_conclude(struct precopy *pc);

#endif
