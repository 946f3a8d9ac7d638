/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * jbd2.h - who waits for a journal of ext4, and whom the journal waits for.
 */
#ifndef LIVEDUMP_WAITGRAPH_JBD2_H
#define LIVEDUMP_WAITGRAPH_JBD2_H

#include "waitgraph/finder/threads.h"

#define NR_JBD2_QUEUES	5U

struct jbd2_finder {
	struct field queues[NR_JBD2_QUEUES];	/* in struct journal_s */
	struct field task, name, committing, barriers;	/* the same */
	struct field handle, transaction;	/* of a task, of struct jbd2_journal_handle */
	bool usable;
};

void jbd2_open(struct jbd2_finder *j, const struct wait_finder *f);

/* If @wait, for a wait queue, is one for a journal, tell so, and who will end it. */
void jbd2_refine(const struct jbd2_finder *j, const struct wait_finder *f,
		 const struct threads *t, struct wait *wait);

#endif
