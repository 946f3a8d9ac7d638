/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * queue.h - tasks in wait queues. By the function that is to wake up a task one knows
 * what its record is a part of: it may be one for a page, for a bit, for a lock.
 */
#ifndef LIVEDUMP_WAITGRAPH_QUEUE_H
#define LIVEDUMP_WAITGRAPH_QUEUE_H

#include "disks.h"
#include "waitgraph/finder/names.h"
#include "waitgraph/finder/threads.h"

enum queue_field {
	QUEUE_FUNC,					/* of a record */
	QUEUE_BIT_ENTRY, QUEUE_BIT_FLAGS, QUEUE_BIT_NR,	/* of the record for a bit */
	QUEUE_PAGE_ENTRY, QUEUE_PAGE_FOLIO, QUEUE_PAGE_OLD, QUEUE_PAGE_BIT,
	QUEUE_MAPPING, QUEUE_INDEX,			/* of a page */
	QUEUE_SEM_WAITERS, QUEUE_SEM_WRITER, QUEUE_SEM_READERS, QUEUE_SEM_BLOCK,
	NR_QUEUE_FIELDS
};

struct queue_finder {
	struct field ring[NR_WAIT_FIELDS];
	struct field fields[NR_QUEUE_FIELDS];
	s64 writeback;			/* number of the bit of a page; -1: not known */
	u64 offsets;			/* address of __per_cpu_offset */
	struct names names;
	struct disks disks;
	struct disks_told told[DISKS_TOLD];
	bool usable;
};

void queue_open(struct queue_finder *q, const struct wait_finder *f);

/*
 * Look for the record of the task. Returns its wait, or NULL. Of kind KIND_QUEUE or
 * KIND_BIT it is for others to say what it is, by wait->lock, the address of the struct
 * wait_queue_head, or of the word that has the bit.
 */
struct wait *queue_find(const struct queue_finder *q, struct wait_finder *f);

/* Look for a task that waits for the readers of a percpu_rw_semaphore. */
bool queue_find_writer(const struct queue_finder *q, struct wait_finder *f);

#endif
