/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * slice.h - stops the system for a moment.
 */
#ifndef LIVEDUMP_TRACK_SLICE_H
#define LIVEDUMP_TRACK_SLICE_H

#include <linux/types.h>

/* How long a slice may work: with the stop itself it takes less than 1 ms. */
#define TRACK_SLICE_NS		700000U

/*
 * How long the system runs between two slices, at least and at most: they take no more
 * than a fifth of the time. To stop many processors may take longer than the work, above
 * all virtual ones that the host does not run.
 */
#define TRACK_REST_NS		4000000U
#define TRACK_REST_MAX_NS	200000000U

struct track_slice;

struct track_slice *track_slice_alloc(void);
void track_slice_free(struct track_slice *slice);

/*
 * Stop all processors, call fn(arg) on one of them, and flush the translation
 * buffers of all. @fn must not sleep. Returns what it returned, or a negative errno
 * if nothing was stopped. May sleep.
 */
int track_slice_run(struct track_slice *slice, int (*fn)(void *arg), void *arg);

/* Let the system run as long as the last slice asks for. */
void track_slice_rest(const struct track_slice *slice);

#endif
