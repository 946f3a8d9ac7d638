// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * threads.c - look at all tasks once. Source: kernel/kthread.c, workqueue.c and
 * io_uring/io-wq.c. What a task points to counts if it points back.
 */
#include <errno.h>
#include <stdlib.h>

#include "threads.h"

/* PF_ flags of Linux. */
#define THREAD_IS_IO_WORKER	0x00000010U
#define THREAD_IS_WORKER	0x00000020U
#define THREAD_IS_KERNEL	0x00200000U

static const struct field_row thread_rows[NR_THREAD_FIELDS] = {
	[THREAD_FLAGS] = { "task_struct", "flags", false },
	[THREAD_PRIVATE] = { "task_struct", "worker_private", true },
	/* Before 5.17, of threads of the kernel and of workers of io_uring. */
	[THREAD_OLD_PRIVATE] = { "task_struct", "set_child_tid", false },
	[THREAD_OLD_IO] = { "task_struct", "pf_io_worker", true },
	[THREAD_VFORK_DONE] = { "task_struct", "vfork_done", false },
	[THREAD_DATA] = { "kthread", "data", false },
	[THREAD_PARKED] = { "kthread", "parked", false },
	[THREAD_EXITED] = { "kthread", "exited", false },
	[THREAD_WORKER_TASK] = { "worker", "task", false },
	[THREAD_IO_TASK] = { "io_worker", "task", true },
};

static void thread_read_kernel(const struct threads *t, const struct wait_finder *f, u64 addr,
			       u64 flags, struct thread *thread)
{
	struct memory *m = f->k->m;
	u64 task;

	if (field_read(m, addr, &t->fields[t->fields[THREAD_PRIVATE].there ? THREAD_PRIVATE :
					   THREAD_OLD_PRIVATE], &thread->kthread) ||
	    !thread->kthread ||
	    field_read(m, thread->kthread, &t->fields[THREAD_DATA], &thread->data)) {
		thread->kthread = 0;
		return;
	}
	thread->role = THREAD_KERNEL;
	if (flags & THREAD_IS_WORKER && thread->data &&
	    !field_read(m, thread->data, &t->fields[THREAD_WORKER_TASK], &task) && task == addr)
		thread->role = THREAD_WORKER;
}

static void thread_read_io(const struct threads *t, const struct wait_finder *f, u64 addr,
			   struct thread *thread)
{
	const struct field *private = &t->fields[t->fields[THREAD_PRIVATE].there ?
						 THREAD_PRIVATE : THREAD_OLD_IO];
	struct memory *m = f->k->m;
	u64 task;

	if (private->there && t->fields[THREAD_IO_TASK].there &&
	    !field_read(m, addr, private, &thread->data) && thread->data &&
	    !field_read(m, thread->data, &t->fields[THREAD_IO_TASK], &task) && task == addr)
		thread->role = THREAD_IO_WORKER;
}

/* A thread of the kernel tells its end, and that it has parked. */
static void thread_add_ends(struct threads *t, u32 number, u64 done)
{
	const struct thread *thread = &t->all[number];
	u64 exited = thread->kthread + t->fields[THREAD_EXITED].off;

	if (done)
		t->ends[t->nr_ends++] = (struct thread_end){ done, number, false };
	if (thread->kthread && done == exited)
		t->ends[t->nr_ends++] = (struct thread_end){
			thread->kthread + t->fields[THREAD_PARKED].off, number, true };
}

static void thread_read(struct threads *t, const struct wait_finder *f, u32 number)
{
	u64 addr = f->tasks->all[number].addr, flags, done;
	struct thread *thread = &t->all[number];
	struct memory *m = f->k->m;

	if (field_read(m, addr, &t->fields[THREAD_FLAGS], &flags) ||
	    field_read(m, addr, &t->fields[THREAD_VFORK_DONE], &done))
		return;
	if (flags & THREAD_IS_KERNEL)
		thread_read_kernel(t, f, addr, flags, thread);
	else if (flags & THREAD_IS_IO_WORKER)
		thread_read_io(t, f, addr, thread);
	t->nr_io += thread->role == THREAD_IO_WORKER;
	thread_add_ends(t, number, done);
}

static int thread_compare(const void *a, const void *b)
{
	const struct thread_end *x = a, *y = b;

	return x->done < y->done ? -1 : x->done > y->done;
}

int threads_open(struct threads *t, const struct wait_finder *f)
{
	*t = (struct threads){ .nr = f->tasks->nr };
	t->usable = finder_fields(f, thread_rows, NR_THREAD_FIELDS, t->fields);
	t->all = calloc((size_t)t->nr + 1, sizeof(*t->all));
	t->ends = calloc((size_t)t->nr * 2 + 1, sizeof(*t->ends));
	if (!t->all || !t->ends) {
		threads_close(t);
		return -ENOMEM;
	}
	for (u32 i = 0; t->usable && i < t->nr; i++)
		thread_read(t, f, i);
	qsort(t->ends, t->nr_ends, sizeof(*t->ends), thread_compare);
	return 0;
}

void threads_close(struct threads *t)
{
	free(t->all);
	free(t->ends);
	t->all = NULL;
	t->ends = NULL;
}

const struct thread_end *threads_find_end(const struct threads *t, u64 done)
{
	const struct thread_end key = { .done = done };

	return t->nr_ends ?
		bsearch(&key, t->ends, t->nr_ends, sizeof(key), thread_compare) : NULL;
}
