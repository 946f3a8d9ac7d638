/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * due.h - finds the chunks that a pause has to visit. On a large machine, most chunks have no
 * written page frames, none that each pause copies, and unchanged page types.
 */
#ifndef LIVEDUMP_TRACK_DUE_H
#define LIVEDUMP_TRACK_DUE_H

#include "core/control.h"
#include "core/tracker.h"
#include "facts.h"

/* Allocate maps->touched after maps->changed, and free it before. Returns 0 or -ENOMEM. */
int track_due_open(struct track_maps *maps);
void track_due_close(struct track_maps *maps);

/* Of a sweep, by so many workers of the dump. */
struct track_due {
	struct track_facts *facts;
	struct track_maps *maps;
	unsigned int workers;
};

/*
 * Update the facts for @all chunks, or for those whose page types may have changed. *@looked is
 * their number. Returns 0 or a negative errno. May sleep.
 */
int track_due_look(const struct track_due *due, bool all, const struct ld_control *control,
		   u64 *looked);

/*
 * After it: set the bits in maps->touched of chunks with page frames that are copied whether
 * written or not, and count what a pause would copy now. May sleep.
 */
void track_due_count(const struct track_due *due, struct ld_tracker_counts *counts);

/* take() was called for @chunk while the system ran. Different threads may call it. */
void track_due_taken(const struct track_facts *facts, struct track_maps *maps, u64 chunk);

#endif
