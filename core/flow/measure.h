/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * measure.h - how long it takes to classify and copy page frames.
 */
#ifndef LIVEDUMP_MEASURE_H
#define LIVEDUMP_MEASURE_H

#include "pipeline.h"

/* Leave in @want what is to be copied of @chunk; @scan is its page types. */
typedef void ld_want_fn(void *ctx, u64 chunk, const struct ld_scan *scan, u64 *want);

/*
 * The stage MEASURE: estimate the time in *@ns that all workers need for
 * @frames page frames, from copying a sample of those that the plan keeps and
 * that @want, unless it is NULL, leaves. @boost: with the workers boosted, as if
 * nothing else ran. Returns 0 or a negative errno.
 */
int ld_measure_copy(struct ld_pipeline *p, u64 frames, bool boost, ld_want_fn *want, void *ctx,
		    u64 *ns);

#endif
