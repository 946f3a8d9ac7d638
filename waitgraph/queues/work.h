/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * work.h - who waits for works of workqueues, and which worker runs them.
 */
#ifndef LIVEDUMP_WAITGRAPH_WORK_H
#define LIVEDUMP_WAITGRAPH_WORK_H

#include "waitgraph/finder/threads.h"

enum work_field {
	WORK_BARRIER_WORK, WORK_BARRIER_DONE, WORK_BARRIER_TASK,
	WORK_ENTRY, WORK_DATA,
	WORK_SCHEDULED, WORK_CURRENT, WORK_FUNC, WORK_PWQ, WORK_COLOR,	/* of a worker */
	WORK_PWQ_WQ,
	WORK_FLUSHER_LIST, WORK_FLUSHER_DONE, WORK_FLUSHER_COLOR,
	WORK_WQ_LIST, WORK_WQ_NAME, WORK_WQ_FIRST, WORK_WQ_QUEUE, WORK_WQ_OVERFLOW,
	NR_WORK_FIELDS
};

struct work_finder {
	struct field fields[NR_WORK_FIELDS];
	bool usable;
};

void work_open(struct work_finder *w, const struct wait_finder *f);

/*
 * If @wait, for a completion, is one for a work or for all works of a workqueue, tell so,
 * and who runs them.
 */
void work_refine(const struct work_finder *w, const struct wait_finder *f,
		 const struct threads *t, struct wait *wait);

#endif
