/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * stage.h - how workers share the chunks of a stage.
 */
#ifndef LIVEDUMP_STAGE_H
#define LIVEDUMP_STAGE_H

#include "pipeline.h"

/*
 * One run of a stage: its workers hand chunk after chunk, ascending, to a step.
 * While it runs nothing of it changes but next.
 */
struct ld_stage_run {
	enum ld_stage stage;
	u64 total;		/* page frames that the progress counts up to; 0: unknown */

	/* Do the stage's work with a chunk. An error ends the run. */
	int (*step)(void *ctx, unsigned int worker, u64 chunk);
	void *ctx;

	/*
	 * When to call late(), which each worker does once, before a chunk. An
	 * error of it ends the run. 0: never.
	 */
	u64 deadline_ns;
	int (*late)(struct ld_pipeline *p, unsigned int worker, u64 chunk);

	bool no_relax;		/* it runs where nothing may sleep */
	port_atomic64_t next;	/* chunk */
};

/* Tell the progress that @stage begins. */
void ld_stage_begin(struct ld_pipeline *p, enum ld_stage stage, u64 total);

/*
 * The part of @run that @worker does. All workers of a run have to be called,
 * and its next has to be 0 before. Returns 0 or a negative errno.
 */
int ld_stage_work(struct ld_pipeline *p, struct ld_stage_run *run, unsigned int worker);

/* What a run ended with: find the worker to blame for @err, and return it. */
int ld_stage_end(struct ld_pipeline *p, int err);

/* Begin @run, have all workers do it, and end it. */
int ld_run_stage(struct ld_pipeline *p, struct ld_stage_run *run);

/*
 * Raise all workers above ordinary threads, until ld_boost_end(), or until they
 * meet the deadline: ld_boost_limit() makes it that of a run.
 */
u64 ld_boost_begin(struct ld_pipeline *p);
void ld_boost_end(struct ld_pipeline *p);
void ld_boost_limit(struct ld_stage_run *run, u64 deadline_ns);

#endif
