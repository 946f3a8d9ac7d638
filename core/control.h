/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * control.h - the progress of a dump and the request to cancel it. Any thread
 * of the host may read the progress and cancel the dump at any time.
 */
#ifndef LIVEDUMP_CONTROL_H
#define LIVEDUMP_CONTROL_H

#include "core/result.h"

/*
 * What workers look at for each page is in another cache line than what they add to. The
 * structure is a part of others, whose memory may be aligned to less.
 */
struct ld_control {
	port_atomic64_t cancel;		/* enum ld_cause; LD_CAUSE_NONE: not cancelled */
	port_atomic64_t stage;		/* enum ld_stage */
	port_atomic64_t passed;		/* stages that were entered, a bit for each */
	char apart[64];
	port_atomic64_t done;		/* page frames that this stage has processed */
	port_atomic64_t total;		/* page frames that this stage has to process */
	port_atomic64_t bytes;		/* bytes of page data written so far */
};

/*
 * Cancel the dump because of @cause. Returns false if it is cancelled already:
 * the first cause stays. A cancelled dump ends with -ECANCELED. If its plan is
 * complete and partial dumps are wanted, it ends as an incomplete dump instead.
 */
static inline bool ld_control_cancel(struct ld_control *control, enum ld_cause cause)
{
	return port_atomic64_cas(&control->cancel, LD_CAUSE_NONE, cause);
}

static inline enum ld_cause ld_control_cause(const struct ld_control *control)
{
	return (enum ld_cause)port_atomic64_read(&control->cancel);
}

/* Enter @stage. Only one thread at a time may call it. */
static inline void ld_control_enter(struct ld_control *control, enum ld_stage stage)
{
	port_atomic64_set(&control->passed, port_atomic64_read(&control->passed) | 1LL << stage);
	port_atomic64_set(&control->stage, stage);
}

/* Returns -ECANCELED if the dump is cancelled, else 0. */
static inline int ld_control_cancelled(const struct ld_control *control)
{
	return ld_control_cause(control) == LD_CAUSE_NONE ? 0 : -ECANCELED;
}

#endif
