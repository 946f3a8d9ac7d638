/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * capture.h - the capture methods, which copy memory to the page buffer. Each
 * mode has one.
 *
 * A dump plans which page frames to keep. plan() of the method then finds out
 * what the copying needs. Next, dump.c calls capture(), or estimate.c calls
 * estimate(). Each method has its own state.
 */
#ifndef LIVEDUMP_CAPTURE_H
#define LIVEDUMP_CAPTURE_H

#include "core/flow/pipeline.h"

/* What a capture method needs. */
struct ld_need {
	u64 frames;	/* page frames to copy to the page buffer, as planned */
	u64 memory;	/* bytes of page buffer */
	u64 pause_ns;	/* estimated length of the pause */
	u64 copy_ns;	/* time in a pause to copy the page frames once */
};

struct ld_capture_ops {
	enum ld_mode mode;

	/*
	 * Whether the workers of the stage PLAN get the boost, because the
	 * time of this stage is used to estimate the pause.
	 */
	bool boost_plan;

	/* Whether capture() changes the keep map. The keep map then has to be in memory. */
	bool (*changes_keepmap)(const struct dump_request *request);

	/*
	 * Store in @need what capture() needs. On success the method owns
	 * *@state until close(). Callers only pass it on. Returns 0 or a
	 * negative errno, with the failed stage in the result.
	 */
	int (*plan)(struct ld_pipeline *p, void **state, struct ld_need *need);

	/*
	 * Open the page buffer, fill it, and count the page frames in it. The
	 * keep map does not change afterwards. Sets result.times.read when the
	 * copying begins. Returns 0 or a negative errno, with the failed stage
	 * in the result.
	 */
	int (*capture)(struct ld_pipeline *p, void *state);

	/*
	 * Bytes of page buffer that capture() would allocate, if @zero of
	 * @sampled page frames are full of zeros.
	 */
	u64 (*estimate)(const struct ld_pipeline *p, const void *state, u64 zero, u64 sampled);

	void (*close)(void *state);
};

extern const struct ld_capture_ops ld_capture_live;
extern const struct ld_capture_ops ld_capture_freeze;
extern const struct ld_capture_ops ld_capture_freeze_kernel;
extern const struct ld_capture_ops ld_capture_precopy;

/*
 * plan() of a freeze that copies the page frames of @tiers, a bit per tier. The other
 * functions are those of ld_capture_freeze.
 */
int ld_freeze_plan(struct ld_pipeline *p, void **state, unsigned int tiers, struct ld_need *need);

/* The capture method of @mode. */
const struct ld_capture_ops *ld_capture_of(enum ld_mode mode);

/*
 * Do the stage PLAN, which classifies every page frame and fills the keep map.
 * Then call plan() of @way. Returns 0 or a negative errno.
 */
int ld_capture_plan(struct ld_pipeline *p, const struct ld_capture_ops *way, void **state,
		    struct ld_need *need);

#endif
