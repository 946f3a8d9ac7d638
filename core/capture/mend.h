/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mend.h - copies single page frames again if structures are torn in the page buffer.
 *
 * Reading all structures again takes so long that processes come and go meanwhile, so the
 * new copy is torn, too. Copying one page frame takes microseconds.
 */
#ifndef LIVEDUMP_MEND_H
#define LIVEDUMP_MEND_H

#include "core/flow/pipeline.h"

/* The most page frames to copy again after each reading. */
#define LD_MEND_MAX	16384U

/*
 * Let the checker of @p, which must have one, check the page buffer after reading number
 * @reading, and mend it. No worker may run. If the request has the boost, workers may
 * hold the processors for short times. Returns whether structures are still torn.
 */
bool ld_mend(struct ld_pipeline *p, unsigned int reading);

#endif
