/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * stage.h - how workers share the chunks of a stage.
 */
#ifndef LIVEDUMP_STAGE_H
#define LIVEDUMP_STAGE_H

#include "pipeline.h"

/*
 * One run of a stage: each worker passes chunk after chunk, in ascending order,
 * to step(). Only the member next changes during the run.
 */
struct ld_stage_run {
	enum ld_stage stage;
	u64 total;		/* page frames to process, for the progress; 0: unknown */

	/*
	 * Process @chunk. An error ends the run. LD_STAGE_DONE: this worker takes
	 * no more chunks.
	 */
	int (*step)(void *ctx, unsigned int worker, u64 chunk);
	void *ctx;

	/*
	 * When this time has passed each worker calls late() once, before its
	 * next chunk. An error of late() ends the run. 0: no deadline.
	 */
	u64 deadline_ns;
	int (*late)(struct ld_pipeline *p, unsigned int worker, u64 chunk);

	/*
	 * The number of the first chunk at or after number @nr that step() is called for, or
	 * one past all. It is the same for all workers, and throughout the run. NULL: all
	 * chunks are.
	 */
	u64 (*next_due)(void *ctx, u64 nr);

	bool no_relax;		/* the system is paused: the workers must not sleep */
	port_atomic64_t next;	/* how many of the chunks that are due are taken */
};

#define LD_STAGE_DONE	1

/* Set the progress to the beginning of @stage, and the pace of the workers to 0. */
void ld_stage_begin(struct ld_pipeline *p, enum ld_stage stage, u64 total);

/*
 * Do the share of @run that belongs to @worker. The caller sets run->next to 0
 * first, and calls it for all workers. Returns 0 or a negative errno.
 */
int ld_stage_work(struct ld_pipeline *p, struct ld_stage_run *run, unsigned int worker);

/*
 * End a run that returned @err: record the failure of the worker that failed.
 * Returns @err.
 */
int ld_stage_end(struct ld_pipeline *p, int err);

/* Begin @run, run it on all workers, and end it. Returns 0 or a negative errno. */
int ld_run_stage(struct ld_pipeline *p, struct ld_stage_run *run);

/*
 * Run workers at real-time priority until ld_boost_end(), on at most half of the CPUs
 * that programs have. ld_boost_begin() returns the deadline of the boost.
 * ld_boost_limit() sets it in @run: a worker that passes the deadline ends its own boost.
 * With ld_boost_begin_all() no CPU is left to programs, and the deadline is near.
 */
u64 ld_boost_begin(struct ld_pipeline *p);
u64 ld_boost_begin_all(struct ld_pipeline *p);
void ld_boost_end(struct ld_pipeline *p);
void ld_boost_limit(struct ld_stage_run *run, u64 deadline_ns);

/* Count @nr things that @worker has done since @start_ns. */
void ld_pace_add(struct ld_pipeline *p, unsigned int worker, u64 nr, u64 start_ns);

/*
 * The time that all workers together need for @nr things while the system is paused. A
 * worker without a boost waits for its processor, so those with one count alone. @unknown
 * if none of them has done anything. Before ld_boost_end().
 */
u64 ld_pace_ns(const struct ld_pipeline *p, u64 nr, u64 unknown);

#endif
