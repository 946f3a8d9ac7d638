// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * uring.c - the workers of a task's io_uring share a struct io_wq, which tells by a
 * completion that the last of them has ended. Source: io_uring/io-wq.c.
 */
#include "uring.h"

static const struct field_row uring_rows[] = {
	{ "io_wq", "worker_done", false },
	{ "io_worker", "wq", true },
	{ "io_worker", "wqe", true },
	{ "io_wqe", "wq", true },
};

void uring_open(struct uring_finder *u, const struct wait_finder *f)
{
	struct field fields[4];

	*u = (struct uring_finder){ 0 };
	if (!finder_fields(f, uring_rows, 4, fields) ||
	    (!fields[1].there && (!fields[2].there || !fields[3].there)))
		return;
	*u = (struct uring_finder){ fields[0], fields[1], fields[2], fields[3], true };
}

/* The io_wq of the worker at @worker, or 0. */
static u64 uring_wq_of(const struct uring_finder *u, const struct wait_finder *f, u64 worker)
{
	u64 wqe, wq;

	if (u->wq.there)
		return field_read(f->k->m, worker, &u->wq, &wq) ? 0 : wq;
	if (field_read(f->k->m, worker, &u->wqe, &wqe) ||
	    field_read(f->k->m, wqe, &u->wqe_wq, &wq))
		return 0;
	return wq;
}

void uring_refine(const struct uring_finder *u, const struct wait_finder *f,
		  const struct threads *t, struct wait *wait)
{
	u64 wq = wait->lock - u->done.off, workers = 0;

	/* Most kernels have none, and there may be many tasks that wait for other things. */
	if (!u->usable || !t->usable || !t->nr_io)
		return;
	for (u32 i = 0; i < t->nr; i++)
		if (t->all[i].role == THREAD_IO_WORKER &&
		    uring_wq_of(u, f, t->all[i].data) == wq && !workers++)
			wait->owner = i;
	if (!workers)
		return;
	wait->kind = &wait_kinds[KIND_IO_URING];
	wait->lock = wq;
	wait->possibly = workers > 1;
	wait->readers = workers > 1 ? workers : 0;
}
