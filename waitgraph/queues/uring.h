/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * uring.h - a process that ends waits for its workers of io_uring.
 */
#ifndef LIVEDUMP_WAITGRAPH_URING_H
#define LIVEDUMP_WAITGRAPH_URING_H

#include "waitgraph/finder/threads.h"

struct uring_finder {
	struct field done;		/* of struct io_wq */
	struct field wq;		/* of struct io_worker: its io_wq, or ... */
	struct field wqe, wqe_wq;	/* ... before Linux 6.4 its io_wqe, which has that */
	bool usable;
};

void uring_open(struct uring_finder *u, const struct wait_finder *f);

/* If @wait, for a completion, is one for workers of io_uring, tell so, and which. */
void uring_refine(const struct uring_finder *u, const struct wait_finder *f,
		  const struct threads *t, struct wait *wait);

#endif
