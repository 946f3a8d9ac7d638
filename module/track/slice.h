/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * slice.h - stops the system for a moment.
 */
#ifndef LIVEDUMP_TRACK_SLICE_H
#define LIVEDUMP_TRACK_SLICE_H

#include <linux/types.h>

/* Time limit of fn() in a slice. With the stop a slice usually takes less than 1 ms. */
#define TRACK_SLICE_NS		700000U

/*
 * The least and most time that the system runs between two slices. Slices take at most a
 * fifth of the time, unless one takes over 50 ms: stopping many processors may take longer
 * than fn(), above all virtual ones that the host has preempted.
 */
#define TRACK_REST_NS		4000000U
#define TRACK_REST_MAX_NS	200000000U

struct track_slice;

struct track_slice *track_slice_alloc(void);
void track_slice_free(struct track_slice *slice);

/*
 * Stop all processors, call fn(arg) on one of them, and flush the TLBs of all. @fn must
 * not sleep. Returns the value of @fn, or a negative errno if the processors could not
 * be stopped: -EDEADLK if one of them does not answer. May sleep.
 */
int track_slice_run(struct track_slice *slice, int (*fn)(void *arg), void *arg);

/* Let the system run, the longer the more time the last slice took. */
void track_slice_rest(const struct track_slice *slice);

#endif
