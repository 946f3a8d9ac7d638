/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * measure.h - measure how long it takes to classify and copy page frames.
 */
#ifndef LIVEDUMP_MEASURE_H
#define LIVEDUMP_MEASURE_H

#include "pipeline.h"

/*
 * Clear the bits of @want for page frames of @chunk that are not copied. @scan
 * has their page types.
 */
typedef void ld_want_fn(void *ctx, u64 chunk, const struct ld_scan *scan, u64 *want);

/*
 * The stage MEASURE: estimate how long all workers together need to classify
 * and copy @frames page frames. Stores the time in *@ns. It copies a sample of
 * the page frames that the plan keeps and, unless @want is NULL, that @want
 * leaves. @boost: the time while the system is paused. Returns 0 or a negative errno.
 */
int ld_measure_copy(struct ld_pipeline *p, u64 frames, bool boost, ld_want_fn *want, void *ctx,
		    u64 *ns);

#endif
