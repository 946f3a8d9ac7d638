/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * track.h - finds the page frames that are written while the system runs. The functions
 * implement core/tracker.h.
 */
#ifndef LIVEDUMP_TRACK_H
#define LIVEDUMP_TRACK_H

#include "core/control.h"
#include "core/tracker.h"

struct livedump_track;

/* For unloading the module: wait until livedump_track_end() has freed all split tables. */
void livedump_track_exit(void);

/* On success the caller owns *@track and passes it to livedump_track_end(). */
int livedump_track_begin(struct livedump_track **track, struct ld_source *src,
			 unsigned int workers, unsigned int level,
			 const struct ld_control *control, const char **why);
void livedump_track_end(struct livedump_track *track);

int livedump_track_sweep(struct livedump_track *track, const struct ld_control *control,
			 struct ld_tracker_counts *counts);
int livedump_track_sweep_paused(struct livedump_track *track, unsigned int worker,
				unsigned int workers, u64 deadline_ns);
void livedump_track_take(struct livedump_track *track, unsigned int worker, u64 chunk, bool paused,
			 u64 *frames);
u64 livedump_track_touched(const struct livedump_track *track, u64 group);
bool livedump_track_types_changed(const struct livedump_track *track, u64 chunk);
bool livedump_track_written(const struct livedump_track *track, u64 pfn);
void livedump_track_in_doubt(struct livedump_track *track, u64 chunk, u64 *frames);
void livedump_track_device_wrote(struct livedump_track *track, u64 pfn);

/*
 * Flush the TLB. Each processor calls it before it leaves a pause in which
 * livedump_track_sweep_paused() was called.
 */
void livedump_track_flush(void);

#endif
