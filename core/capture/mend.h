/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mend.h - copy single page frames again, where structures are torn in the page buffer.
 *
 * To read all structures again takes so long that processes come and go meanwhile, so the
 * new copy is torn, too. To copy a page frame takes microseconds.
 */
#ifndef LIVEDUMP_MEND_H
#define LIVEDUMP_MEND_H

#include "core/flow/pipeline.h"

/* The most page frames that are copied again after a reading. */
#define LD_MEND_MAX	16384U

/*
 * Have the checker of @p, which must have one, look at the page buffer after reading
 * number @reading, and mend it. No worker may run. If the request has the boost, workers
 * may hold the processors for some moments. Returns whether structures are still torn.
 */
bool ld_mend(struct ld_pipeline *p, unsigned int reading);

#endif
