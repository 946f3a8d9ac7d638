/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * threads.h - what tells what a task does for others: workers of workqueues and of
 * io_uring, threads of the kernel, and who waits for the end of a task.
 */
#ifndef LIVEDUMP_WAITGRAPH_THREADS_H
#define LIVEDUMP_WAITGRAPH_THREADS_H

#include "finder.h"

enum thread_field {
	THREAD_FLAGS, THREAD_PRIVATE, THREAD_OLD_PRIVATE, THREAD_OLD_IO,	/* of a task */
	THREAD_VFORK_DONE,
	THREAD_DATA, THREAD_PARKED, THREAD_EXITED,	/* of struct kthread */
	THREAD_WORKER_TASK,				/* of struct worker */
	THREAD_IO_TASK,					/* of struct io_worker */
	NR_THREAD_FIELDS
};

/* What a task does. */
enum thread_role {
	THREAD_OTHER, THREAD_KERNEL, THREAD_WORKER, THREAD_IO_WORKER,
};

struct thread {
	enum thread_role role;
	u64 data;			/* struct worker, struct io_worker, or what it was given */
	u64 kthread;			/* its struct kthread, or 0 */
};

/* A completion that the end of a task is told by. */
struct thread_end {
	u64 done;			/* its address */
	u32 task;
	bool parked;			/* it tells that the thread has parked */
};

struct threads {
	struct field fields[NR_THREAD_FIELDS];
	struct thread *all;		/* by number of the task */
	struct thread_end *ends;	/* by address */
	u32 nr, nr_ends;
	u32 nr_io;			/* workers of io_uring */
	bool usable;
};

/* Returns 0 or -ENOMEM. The caller must call threads_close(). */
int threads_open(struct threads *t, const struct wait_finder *f);
void threads_close(struct threads *t);

/* The end of a task that the completion at @done tells of, or NULL. */
const struct thread_end *threads_find_end(const struct threads *t, u64 done);

#endif
