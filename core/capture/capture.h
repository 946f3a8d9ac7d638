/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * capture.h - the ways to get memory into the page buffer, one for each mode.
 *
 * dump.c and estimate.c plan which page frames to keep, have the plan() of the
 * mode's way find out what that needs, and go on to capture() or estimate().
 * What a way has to remember is in a state of its own.
 */
#ifndef LIVEDUMP_CAPTURE_H
#define LIVEDUMP_CAPTURE_H

#include "core/flow/pipeline.h"

/* What a capture cannot do without. */
struct ld_need {
	u64 frames;	/* page frames for the page buffer, as planned */
	u64 memory;	/* bytes of page buffer */
	u64 pause_ns;	/* pause, as estimated, */
	u64 copy_ns;	/* and of that, to copy frames once */
};

struct ld_capture_ops {
	enum ld_mode mode;

	/* Whether page frames are classified by boosted workers: it is timed, for the pause. */
	bool boost_plan;

	/* Whether capture() changes the keep map, so that it has to be in memory. */
	bool (*changes_keepmap)(const struct dump_request *request);

	/*
	 * Find out what is needed. On success *state is the way's until close();
	 * other than here and there it is not touched. Returns 0 or a negative
	 * errno, with the stage to blame in the result.
	 */
	int (*plan)(struct ld_pipeline *p, void **state, struct ld_need *need);

	/*
	 * Open the page buffer and fill it, and count what is in it. Afterwards
	 * the keep map is final. result.times.read is when copying begins.
	 * Returns 0 or a negative errno likewise.
	 */
	int (*capture)(struct ld_pipeline *p, void *state);

	/*
	 * Bytes of page buffer that capture() would allocate, if of @sampled
	 * page frames @zero are full of zeros.
	 */
	u64 (*estimate)(const struct ld_pipeline *p, const void *state, u64 zero, u64 sampled);

	void (*close)(void *state);
};

extern const struct ld_capture_ops ld_capture_live;
extern const struct ld_capture_ops ld_capture_freeze;
extern const struct ld_capture_ops ld_capture_freeze_kernel;

/* The way of @mode. */
const struct ld_capture_ops *ld_capture_of(enum ld_mode mode);

/*
 * The stage PLAN, in which every page frame is classified and the keep map is
 * filled, and plan() of @way.
 */
int ld_capture_plan(struct ld_pipeline *p, const struct ld_capture_ops *way, void **state,
		    struct ld_need *need);

#endif
