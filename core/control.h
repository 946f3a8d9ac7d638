/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * control.h - what a dump shares with whoever watches it. The host may read
 * the progress at any time from any thread, and may cancel the dump.
 */
#ifndef LIVEDUMP_CONTROL_H
#define LIVEDUMP_CONTROL_H

#include "core/result.h"

struct ld_control {
	port_atomic64_t cancel;		/* enum ld_cause; LD_CAUSE_NONE: go on */
	port_atomic64_t stage;		/* enum ld_stage, */
	port_atomic64_t passed;		/* and a bit for each that has been entered */
	port_atomic64_t done;		/* page frames, of this stage */
	port_atomic64_t total;
	port_atomic64_t bytes;		/* bytes of page data written so far */
};

/*
 * End the dump because of @cause. The first cause stays: false if there was
 * one. The dump ends with -ECANCELED, or, if its plan is done and partial
 * dumps are wanted, as an incomplete dump.
 */
static inline bool ld_control_cancel(struct ld_control *control, enum ld_cause cause)
{
	return port_atomic64_cas(&control->cancel, LD_CAUSE_NONE, cause);
}

static inline enum ld_cause ld_control_cause(const struct ld_control *control)
{
	return (enum ld_cause)port_atomic64_read(&control->cancel);
}

/* Enter @stage. One thread at a time. */
static inline void ld_control_enter(struct ld_control *control, enum ld_stage stage)
{
	port_atomic64_set(&control->passed, port_atomic64_read(&control->passed) | 1LL << stage);
	port_atomic64_set(&control->stage, stage);
}

/* 0, or -ECANCELED. */
static inline int ld_control_cancelled(const struct ld_control *control)
{
	return ld_control_cause(control) == LD_CAUSE_NONE ? 0 : -ECANCELED;
}

#endif
