/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * due.h - which chunks a pause has to look at. On a large machine most have nothing that
 * was written to, nothing that is copied in each pause, and page types as before.
 */
#ifndef LIVEDUMP_TRACK_DUE_H
#define LIVEDUMP_TRACK_DUE_H

#include "core/tracker.h"
#include "facts.h"

/* Open and close maps->touched, after and before maps->changed. Returns 0 or -ENOMEM. */
int track_due_open(struct track_maps *maps);
void track_due_close(struct track_maps *maps);

/*
 * After a sweep: set the bits in maps->touched of what is copied in any case, and count what
 * a pause would copy now. May schedule.
 */
void track_due_count(const struct track_facts *facts, struct track_maps *maps,
		     struct ld_tracker_counts *counts);

/* @chunk was taken while the system ran. Different threads may call it. */
void track_due_taken(const struct track_facts *facts, struct track_maps *maps, u64 chunk);

#endif
