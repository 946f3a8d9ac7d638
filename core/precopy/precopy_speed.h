/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * precopy_speed.h - how long it takes to copy a page frame or to classify a chunk,
 * measured in the rounds.
 *
 * In a round a worker is preempted now and then, and has to wait for its processor.
 * In a pause it is not. The median is therefore the better estimate for a pause.
 */
#ifndef LIVEDUMP_PRECOPY_SPEED_H
#define LIVEDUMP_PRECOPY_SPEED_H

#include "port/port.h"

/*
 * Page frames that lie apart take longer to copy than neighbours. Their class depends on
 * how many page frames of the same chunk are copied.
 */
#define SPEED_COPY		4U	/* number of classes of page frames */
#define SPEED_SCAN		4U	/* class of chunks that are classified */
#define SPEED_CLASSES		5U

/* Times are for this many page frames or chunks: one may take less than 1 ns. */
#define SPEED_UNIT		4096U

#define SPEED_BUCKETS		160U

/* Holds times that differ by less than a quarter. */
struct ld_speed_bucket {
	u64 nr;
	u64 ns;
};

/* The measurements of one worker. All zeros: none yet. */
struct ld_speed {
	struct ld_speed_bucket bucket[SPEED_BUCKETS];
};

/* The class for copying @frames page frames of one chunk. */
unsigned int ld_speed_class(u64 frames);

/* Add a measurement: @nr page frames or chunks together took @ns. */
void ld_speed_add(struct ld_speed *speed, u64 nr, u64 ns);

/*
 * The median time for SPEED_UNIT page frames or chunks, over @workers workers, whose structs
 * ld_speed are @each bytes apart, or @unknown if fewer than @least were measured.
 */
u64 ld_speed_median(const struct ld_speed *speed, unsigned int workers, size_t each, u64 least,
		    u64 unknown);

#endif
