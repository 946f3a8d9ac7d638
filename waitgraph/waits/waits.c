// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * waits.c - look for the records of waiting tasks on their stacks.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "waitgraph/finder/finder.h"
#include "waitgraph/finder/threads.h"
#include "waitgraph/locks/rcu.h"
#include "waitgraph/locks/rt.h"
#include "waitgraph/locks/spin.h"
#include "waitgraph/queues/bio.h"
#include "waitgraph/queues/jbd2.h"
#include "waitgraph/queues/queue.h"
#include "waitgraph/queues/rpc.h"
#include "waitgraph/queues/uring.h"
#include "waitgraph/queues/work.h"
#include "waits.h"

/* All that knows a kind of wait, and what it needs of the kernel's types. */
struct wait_parts {
	struct wait_finder f;
	struct field rings[NR_WAIT_RINGS][NR_WAIT_FIELDS];
	bool usable[NR_WAIT_RINGS];	/* the types describe this kind */
	struct threads threads;
	struct rt_finder rt;
	struct queue_finder queue;
	struct work_finder work;
	struct rcu_finder rcu;
	struct jbd2_finder jbd2;
	struct uring_finder uring;
	struct bio_finder bio;
	struct rpc_finder rpc;
	struct spin_finder spin;
};

/*
 * Look up what the kinds need. Kernels with CONFIG_PREEMPT_RT have
 * other locks under the same names; rt.c knows them.
 */
static void wait_find_fields(struct wait_parts *p)
{
	const struct wait_finder *f = &p->f;
	bool rt;

	queue_open(&p->queue, f);
	rt_open(&p->rt, f);
	work_open(&p->work, f);
	rcu_open(&p->rcu, f);
	jbd2_open(&p->jbd2, f);
	uring_open(&p->uring, f);
	bio_open(&p->bio, f);
	rpc_open(&p->rpc, f);
	spin_open(&p->spin, f);
	rt = p->rt.usable && p->rt.fields[RT_RWSEM].there;
	for (u32 i = 0; i < NR_WAIT_RINGS; i++) {
		p->usable[i] = true;
		for (u32 j = 0; j < NR_WAIT_FIELDS; j++) {
			const struct field_row *row = &wait_rings[i].rows[j];

			if (row->type && !finder_fields(f, row, 1, &p->rings[i][j]))
				p->usable[i] = false;
		}
		if (!p->rings[i][WAIT_LOCK_LIST].there && !p->rings[i][WAIT_LOCK_FIRST].there)
			p->usable[i] = false;
		f->w->not_known += !p->usable[i] && !(rt && wait_rings[i].kind <= KIND_RWSEM);
	}
	f->w->not_known += !p->queue.usable;
}

/* Tell who has the lock of @wait; an owner that is no task is not one. */
static void wait_set_owner(const struct wait_parts *p, u32 ring, struct wait *wait)
{
	struct wait_owner owner;

	if (!wait->lock ||
	    wait_rings[ring].owner(p->f.k->m, p->rings[ring], wait->lock, &owner))
		return;
	wait->readers = owner.readers;
	wait->possibly = owner.possibly;
	finder_set_owner(&p->f, wait, owner.task);
	/* It has let go of the lock, and wants it once more, unless that lasts too long. */
	if (wait->possibly && wait->owner == wait->task && p->f.task->waited < WAITS_HANG_NS)
		wait->owner = WAITS_NOBODY;
}

/* A completion is a part of something else, more often than not. */
static void wait_refine_completion(const struct wait_parts *p, struct wait *wait)
{
	const struct wait_finder *f = &p->f;
	const struct thread_end *end = threads_find_end(&p->threads, wait->lock);

	if (end) {
		bool kernel = p->threads.all[end->task].kthread;

		wait->kind = &wait_kinds[kernel ? KIND_KTHREAD_STOP : KIND_VFORK];
		wait->owner = end->task;
		if (end->parked)
			finder_set_about(wait, "to park");
		return;
	}
	work_refine(&p->work, f, &p->threads, wait);
	if (wait->kind == &wait_kinds[KIND_COMPLETION])
		rcu_refine(&p->rcu, f, wait);
	if (wait->kind == &wait_kinds[KIND_COMPLETION])
		uring_refine(&p->uring, f, &p->threads, wait);
	if (wait->kind == &wait_kinds[KIND_COMPLETION])
		bio_refine(&p->bio, f, &p->queue.names, &p->queue.disks, wait);
}

/* Look for a record in @frame. Returns whether there is one. */
static bool wait_find_record(struct wait_parts *p, u32 ring, u32 frame)
{
	struct wait_finder *f = &p->f;
	u64 end = finder_frame_end(f, frame);

	f->ring.fields = p->rings[ring];
	for (u64 at = f->stack.frames[frame].sp; at < end; at += sizeof(u64)) {
		struct ring_place place = { at, f->task->sp, end };
		struct wait *wait;

		if (!ring_is_record(&f->ring, at, f->task))
			continue;
		wait = finder_add(f, wait_rings[ring].kind, ring_find_lock(&f->ring, &place),
				  frame + 1);
		wait_set_owner(p, ring, wait);
		if (wait_rings[ring].kind == KIND_COMPLETION && wait->lock)
			wait_refine_completion(p, wait);
		return true;
	}
	return false;
}

static bool wait_find_ring(struct wait_parts *p)
{
	bool event = p->f.task->state == 'D' && !p->f.task->frozen;

	for (u32 frame = 0; frame < p->f.stack.nr; frame++) {
		const char *name = finder_function(&p->f, frame);

		for (u32 ring = 0; ring < NR_WAIT_RINGS; ring++)
			for (const char *const *fn = wait_rings[ring].functions; *fn; fn++)
				if (p->usable[ring] &&
				    (event || !wait_kinds[wait_rings[ring].kind].event) &&
				    finder_is_function(name, *fn) &&
				    wait_find_record(p, ring, frame))
					return true;
	}
	return false;
}

/*
 * That a task is blocked is told, too, if it is not known what for. It may be frozen, or
 * was preempted before it had looked whether it has to wait.
 */
static void wait_add_sleep(struct wait_parts *p)
{
	static const char *const others[] = {
		"__refrigerator", "preempt_schedule", "preempt_schedule_common",
		"preempt_schedule_irq", "preempt_schedule_notrace", NULL
	};
	struct wait *wait;

	if (finder_frame(&p->f, 0, others) != FINDER_NO_FRAME)
		return;
	wait = finder_add(&p->f, KIND_SLEEP, 0, 0);
	bio_refine(&p->bio, &p->f, &p->queue.names, &p->queue.disks, wait);
}

static void wait_find_of_task(struct wait_parts *p, const struct unwind_fields *unwind,
			      const struct task *t)
{
	struct wait_finder *f = &p->f;
	struct wait *wait;

	f->task = t;
	unwind_task(f->k, unwind, t->base, t->sp, &f->stack);
	if (rt_find(&p->rt, f) || wait_find_ring(p) || t->state != 'D' || t->frozen ||
	    queue_find_writer(&p->queue, f))
		return;
	wait = queue_find(&p->queue, f);
	if (!wait)
		wait_add_sleep(p);
	if (wait && wait->kind == &wait_kinds[KIND_BIT])
		rpc_refine(&p->rpc, f, wait);
	if (wait && wait->lock && wait->kind == &wait_kinds[KIND_QUEUE]) {
		jbd2_refine(&p->jbd2, f, &p->threads, wait);
		rcu_refine_queue(&p->rcu, f, wait);
	}
}

int waits_find(struct waits *w, const struct kernel *k, const struct tasks *tasks,
	       const struct unwind_fields *unwind, struct error *err)
{
	struct wait_parts *p = calloc(1, sizeof(*p));
	int ret = -ENOMEM;

	*w = (struct waits){ 0 };
	w->all = calloc((size_t)tasks->nr + 1, sizeof(*w->all));
	if (p && w->all) {
		p->f = (struct wait_finder){ .w = w, .k = k, .tasks = tasks,
					     .stack_size = unwind->stack_size };
		ret = ring_open(&p->f.ring, k, tasks, unwind->stack_size);
	}
	if (!ret)
		ret = threads_open(&p->threads, &p->f);
	if (!ret)
		wait_find_fields(p);
	else
		error_set(err, "the waits of tasks: not enough memory");
	for (u32 i = 0; !ret && i < tasks->nr; i++)
		if (!tasks->all[i].running && strchr("SDI", tasks->all[i].state))
			wait_find_of_task(p, unwind, &tasks->all[i]);
	if (!ret)
		spin_find(&p->spin, &p->f);
	if (p) {
		threads_close(&p->threads);
		ring_close(&p->f.ring);
	}
	free(p);
	return ret;
}

void waits_free(struct waits *w)
{
	free(w->all);
	*w = (struct waits){ 0 };
}
