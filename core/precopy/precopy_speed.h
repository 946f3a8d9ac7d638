/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * precopy_speed.h - how long it takes to copy a page frame, or to look at a chunk, as
 * the rounds have shown.
 *
 * In a round a worker is interrupted now and then, and has to wait for its processor.
 * In a pause it is not. So what counts is the median.
 */
#ifndef LIVEDUMP_PRECOPY_SPEED_H
#define LIVEDUMP_PRECOPY_SPEED_H

#include "port/port.h"

/*
 * Page frames that lie apart take longer to copy than neighbours. The class of some is
 * how many of their chunk are copied.
 */
#define SPEED_COPY		4U	/* classes of page frames */
#define SPEED_SCAN		4U	/* of chunks that are classified */
#define SPEED_CLASSES		5U

/* Times are kept for so many: one may take less than 1 ns. */
#define SPEED_UNIT		4096U

#define SPEED_BUCKETS		160U

/* Times that differ by less than a quarter. */
struct ld_speed_bucket {
	u64 nr;
	u64 ns;
};

/* What one worker has measured. Zeroed, it is empty. */
struct ld_speed {
	struct ld_speed_bucket bucket[SPEED_BUCKETS];
};

/* The class of copying @frames page frames of a chunk. */
unsigned int ld_speed_class(u64 frames);

/* @nr things together took @ns. */
void ld_speed_add(struct ld_speed *speed, u64 nr, u64 ns);

/*
 * The median time for SPEED_UNIT things, by the @workers, each of which has its speed
 * @each bytes behind that of the one before. @unknown if fewer than @least were measured.
 */
u64 ld_speed_median(const struct ld_speed *speed, unsigned int workers, size_t each, u64 least,
		    u64 unknown);

#endif
