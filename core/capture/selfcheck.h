/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * selfcheck.h - a test of freezes: in the pause all is copied twice, and both
 * copies are compared. Without params.selfcheck all of these do nothing.
 */
#ifndef LIVEDUMP_SELFCHECK_H
#define LIVEDUMP_SELFCHECK_H

#include "capture.h"
#include "core/flow/stage.h"

/* Add what a second copy needs to @need. Returns 0 or -ENOMEM. */
int ld_selfcheck_open(struct ld_pipeline *p, struct ld_need *need);
void ld_selfcheck_close(struct ld_pipeline *p);

/*
 * Allocate a second page buffer of @size, and append a run to the *@nr ones of
 * @round, in which it is filled. Returns 0 or -ENOMEM.
 */
int ld_selfcheck_add_round(struct ld_pipeline *p, const struct ld_pagebuf_size *size,
			   struct ld_stage_run *round, unsigned int *nr);

/* The stage COMPARE: count the page frames that differ, in params.selfcheck. */
int ld_selfcheck_compare(struct ld_pipeline *p, u64 frames);

#endif
