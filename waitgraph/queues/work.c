// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * work.c - who waits for a work puts another behind it, on his own stack, which completes
 * what he waits for. If the work runs, the other is on the list of the worker that runs
 * it. Source: kernel/workqueue.c.
 *
 * Who waits for all works of a workqueue is on a list of the workqueue, or is the first.
 */
#include <stdio.h>
#include <string.h>

#include "work.h"

#define WORK_LIST_MAX	8192U		/* works of one worker, or workqueues */
#define WORK_NAME_SIZE	32U
#define WORK_COLORS	16U		/* WORK_NR_COLORS of Linux */
#define WORK_FLAGS_MAX	512U		/* flags below the pool_workqueue in a work's data */

/* What there may be instead of the number of a worker. */
#define WORK_NOT_BEGUN	(-1)
#define WORK_NOT_KNOWN	(-2)

static const struct field_row work_rows[NR_WORK_FIELDS] = {
	[WORK_BARRIER_WORK] = { "wq_barrier", "work", false },
	[WORK_BARRIER_DONE] = { "wq_barrier", "done", false },
	[WORK_BARRIER_TASK] = { "wq_barrier", "task", false },
	[WORK_ENTRY] = { "work_struct", "entry", false },
	[WORK_DATA] = { "work_struct", "data", false },
	[WORK_SCHEDULED] = { "worker", "scheduled", false },
	[WORK_CURRENT] = { "worker", "current_work", false },
	[WORK_FUNC] = { "worker", "current_func", false },
	[WORK_PWQ] = { "worker", "current_pwq", false },
	[WORK_COLOR] = { "worker", "current_color", true },	/* since Linux 5.15 */
	[WORK_PWQ_WQ] = { "pool_workqueue", "wq", false },
	[WORK_FLUSHER_LIST] = { "wq_flusher", "list", false },
	[WORK_FLUSHER_DONE] = { "wq_flusher", "done", false },
	[WORK_FLUSHER_COLOR] = { "wq_flusher", "flush_color", false },
	[WORK_WQ_LIST] = { "workqueue_struct", "list", false },
	[WORK_WQ_NAME] = { "workqueue_struct", "name", false },
	[WORK_WQ_FIRST] = { "workqueue_struct", "first_flusher", false },
	[WORK_WQ_QUEUE] = { "workqueue_struct", "flusher_queue", false },
	[WORK_WQ_OVERFLOW] = { "workqueue_struct", "flusher_overflow", false },
};

static const char *const work_functions[] = {
	"__flush_work", "flush_work", "__cancel_work_timer", "__cancel_work_sync", NULL
};

static const char *const workqueue_functions[] = {
	"__flush_workqueue", "flush_workqueue", NULL
};

void work_open(struct work_finder *w, const struct wait_finder *f)
{
	w->usable = finder_fields(f, work_rows, NR_WORK_FIELDS, w->fields);
}

/* The name of a workqueue, which is printable after finder_set_about(). */
static const char *work_wq_name(const struct work_finder *w, const struct wait_finder *f, u64 wq,
				char buf[WORK_NAME_SIZE])
{
	const struct field *name = &w->fields[WORK_WQ_NAME];
	size_t size = name->count < WORK_NAME_SIZE ? name->count : WORK_NAME_SIZE;

	if (memory_string(f->k->m, wq + name->off, buf, size))
		buf[0] = '\0';
	return buf;
}

/* Say which work the worker with number @task runs. */
static void work_set_about(const struct work_finder *w, const struct wait_finder *f,
			   u64 worker, struct wait *wait)
{
	char place[KERNEL_PLACE_SIZE], name[WORK_NAME_SIZE] = "";
	u64 func, pwq, wq;

	if (field_read(f->k->m, worker, &w->fields[WORK_FUNC], &func) || !func)
		return;
	if (!field_read(f->k->m, worker, &w->fields[WORK_PWQ], &pwq) && pwq &&
	    !field_read(f->k->m, pwq, &w->fields[WORK_PWQ_WQ], &wq))
		work_wq_name(w, f, wq, name);
	finder_set_about(wait, "%s%s%s", kernel_place(f->k, func, true, place),
			 *name ? " of " : "", name);
}

/* The worker with the head at @head of the list of works that it still has to do, or -1. */
static s64 work_worker_of(const struct work_finder *w, const struct wait_finder *f,
			  const struct threads *t, u64 head)
{
	u64 worker = head - w->fields[WORK_SCHEDULED].off, task;
	s64 number;

	if (field_read(f->k->m, worker, &t->fields[THREAD_WORKER_TASK], &task))
		return -1;
	number = tasks_find(f->tasks, task);
	return number >= 0 && t->all[number].role == THREAD_WORKER &&
		t->all[number].data == worker ? number : -1;
}

/*
 * Whether the element at @at is the head in a worker whose task is not known. It runs the
 * work that the barrier is behind, which has the same pool_workqueue as the barrier.
 */
static bool work_is_unknown(const struct work_finder *w, const struct wait_finder *f, u64 at,
			    u64 barrier)
{
	u64 work = barrier + w->fields[WORK_BARRIER_WORK].off, data, pwq;

	return !field_read(f->k->m, work, &w->fields[WORK_DATA], &data) &&
		!field_read(f->k->m, at - w->fields[WORK_SCHEDULED].off, &w->fields[WORK_PWQ],
			    &pwq) && pwq && data - pwq < WORK_FLAGS_MAX;
}

/*
 * Walk the list of @barrier to the head in a worker, and return that. If there is none all
 * the way round, the work that is waited for is still in the queue. A barrier that is alone
 * has just been taken off.
 */
static s64 work_find_worker(const struct work_finder *w, const struct wait_finder *f,
			    const struct threads *t, u64 barrier)
{
	u64 start = barrier + w->fields[WORK_BARRIER_WORK].off + w->fields[WORK_ENTRY].off;
	u64 at = start, next, back;

	for (u32 i = 0; i < WORK_LIST_MAX; i++, at = next) {
		s64 worker;

		if (memory_u64(f->k->m, at, &next) || memory_u64(f->k->m, next + 8, &back) ||
		    back != at)
			return WORK_NOT_KNOWN;
		if (next == start)
			return at == start ? WORK_NOT_KNOWN : WORK_NOT_BEGUN;
		worker = work_worker_of(w, f, t, next);
		if (worker >= 0)
			return worker;
		if (work_is_unknown(w, f, next, barrier))
			return WORK_NOT_KNOWN;
	}
	return WORK_NOT_KNOWN;
}

static bool work_refine_barrier(const struct work_finder *w, const struct wait_finder *f,
				const struct threads *t, struct wait *wait)
{
	u64 barrier = wait->lock - w->fields[WORK_BARRIER_DONE].off, task, running;
	s64 number;

	if (field_read(f->k->m, barrier, &w->fields[WORK_BARRIER_TASK], &task) ||
	    task != f->task->addr)
		return false;
	wait->kind = &wait_kinds[KIND_WORK];
	number = work_find_worker(w, f, t, barrier);
	if (number == WORK_NOT_BEGUN) {
		finder_set_about(wait, "not begun");
	} else if (number >= 0 && !field_read(f->k->m, t->all[number].data,
					      &w->fields[WORK_CURRENT], &running) && running) {
		wait->owner = (u32)number;
		wait->lock = running;
		work_set_about(w, f, t->all[number].data, wait);
	}
	return true;
}

/* Whether @wq has the flusher at @flusher. */
static bool work_has_flusher(const struct work_finder *w, const struct wait_finder *f, u64 wq,
			     u64 flusher)
{
	static const enum work_field lists[] = { WORK_WQ_QUEUE, WORK_WQ_OVERFLOW };
	u64 wanted = flusher + w->fields[WORK_FLUSHER_LIST].off, first;

	if (!field_read(f->k->m, wq, &w->fields[WORK_WQ_FIRST], &first) && first == flusher)
		return true;
	for (unsigned int i = 0; i < 2; i++) {
		u64 head = wq + w->fields[lists[i]].off, at = head, next, back;

		for (u32 j = 0; j <= f->tasks->nr; j++, at = next) {
			if (memory_u64(f->k->m, at, &next) || next == head ||
			    memory_u64(f->k->m, next + 8, &back) || back != at)
				break;
			if (next == wanted)
				return true;
		}
	}
	return false;
}

static u64 work_find_wq(const struct work_finder *w, const struct wait_finder *f, u64 flusher)
{
	u64 head, at, next, back;

	if (!symbols_find(&f->k->symbols, "workqueues", &head))
		return 0;
	at = head;
	for (u32 i = 0; i < WORK_LIST_MAX; i++, at = next) {
		u64 wq;

		if (memory_u64(f->k->m, at, &next) || next == head ||
		    memory_u64(f->k->m, next + 8, &back) || back != at)
			break;
		wq = next - w->fields[WORK_WQ_LIST].off;
		if (work_has_flusher(w, f, wq, flusher))
			return wq;
	}
	return 0;
}

/*
 * Works have the colour that their workqueue had when they were queued, and each flush
 * begins a new one. One waits for those of its own colour, and of the flushes before it.
 */
struct work_colors {
	u64 first, last;
	bool known;
};

static void work_find_colors(const struct work_finder *w, const struct wait_finder *f, u64 wq,
			     u64 flusher, struct work_colors *c)
{
	const struct field *color = &w->fields[WORK_FLUSHER_COLOR];
	u64 first;

	c->known = w->fields[WORK_COLOR].there &&
		!field_read(f->k->m, wq, &w->fields[WORK_WQ_FIRST], &first) &&
		!field_read(f->k->m, first, color, &c->first) && c->first < WORK_COLORS &&
		!field_read(f->k->m, flusher, color, &c->last) && c->last < WORK_COLORS;
}

/* Whether the worker at @worker runs a work of @wq that is waited for. */
static bool work_is_waited(const struct work_finder *w, const struct wait_finder *f, u64 worker,
			   u64 wq, const struct work_colors *c)
{
	struct memory *m = f->k->m;
	u64 running, pwq, its, color;

	if (field_read(m, worker, &w->fields[WORK_CURRENT], &running) || !running ||
	    field_read(m, worker, &w->fields[WORK_PWQ], &pwq) || !pwq ||
	    field_read(m, pwq, &w->fields[WORK_PWQ_WQ], &its) || its != wq)
		return false;
	return !c->known ||
		(!field_read(m, worker, &w->fields[WORK_COLOR], &color) &&
		 (color - c->first) % WORK_COLORS <= (c->last - c->first) % WORK_COLORS);
}

static void work_set_workers(const struct work_finder *w, const struct wait_finder *f,
			     const struct threads *t, u64 flusher, struct wait *wait)
{
	struct work_colors c;

	work_find_colors(w, f, wait->lock, flusher, &c);
	for (u32 i = 0; i < t->nr; i++)
		if (t->all[i].role == THREAD_WORKER &&
		    work_is_waited(w, f, t->all[i].data, wait->lock, &c) && !wait->readers++)
			wait->owner = i;
	wait->possibly = wait->readers > 1 || (wait->readers && !c.known);
	if (wait->readers <= 1)
		wait->readers = 0;
}

static void work_refine_flusher(const struct work_finder *w, const struct wait_finder *f,
				const struct threads *t, struct wait *wait)
{
	u64 flusher = wait->lock - w->fields[WORK_FLUSHER_DONE].off;
	u64 wq = work_find_wq(w, f, flusher);
	char name[WORK_NAME_SIZE];

	if (!wq)
		return;
	wait->kind = &wait_kinds[KIND_WORKQUEUE];
	wait->lock = wq;
	finder_set_about(wait, "%s", work_wq_name(w, f, wq, name));
	work_set_workers(w, f, t, flusher, wait);
}

void work_refine(const struct work_finder *w, const struct wait_finder *f,
		 const struct threads *t, struct wait *wait)
{
	if (!w->usable || !t->usable || !finder_on_stack(f, wait->lock))
		return;
	if (finder_is_in(f, work_functions) && work_refine_barrier(w, f, t, wait))
		return;
	if (finder_is_in(f, workqueue_functions))
		work_refine_flusher(w, f, t, wait);
}
