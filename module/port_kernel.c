// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * port_kernel.c - ports the core to the kernel: memory, threads, time.
 */
#include <linux/completion.h>
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/ioprio.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/xxhash.h>

#include "port/port.h"
#include "port_kernel.h"

/*
 * A dump fails rather than have the OOM killer end a process. Only small
 * allocations, of which there are many, come from kmalloc(). All others come
 * from vmalloc(): they need no contiguous page frames, and livedump_is_own()
 * recognizes them.
 */
#define ALLOC_GFP	(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

static atomic64_t memory_now;
static atomic64_t memory_peak;

/* page->private of each page frame of a dump's buffers is this one's address. */
static char memory_own_mark;

bool livedump_is_own(const struct page *page)
{
	return READ_ONCE(page->private) == (unsigned long)&memory_own_mark;
}

/* vmalloc() does not use page->private. The word must be zero when a page is freed. */
static void memory_mark_own(void *mem, size_t size, bool on)
{
	unsigned long mark = on ? (unsigned long)&memory_own_mark : 0;

	for (size_t at = 0; at < size; at += PAGE_SIZE)
		set_page_private(vmalloc_to_page(mem + at), mark);
}

static void *memory_alloc(size_t size, gfp_t gfp)
{
	void *mem;
	s64 now;

	if (size >= PORT_OWN_MIN)
		mem = __vmalloc(size, gfp);
	else
		mem = kmalloc(size, gfp);
	if (!mem)
		return NULL;
	if (size >= PORT_OWN_MIN)
		memory_mark_own(mem, size, true);
	now = atomic64_add_return(size, &memory_now);
	if (now > atomic64_read(&memory_peak))
		atomic64_set(&memory_peak, now);
	return mem;
}

void *port_alloc(size_t size)
{
	return memory_alloc(size, ALLOC_GFP | __GFP_ZERO);
}

void port_free(void *mem, size_t size)
{
	if (!mem)
		return;
	atomic64_sub(size, &memory_now);
	if (size >= PORT_OWN_MIN)
		memory_mark_own(mem, size, false);
	kvfree(mem);
}

u64 livedump_memory_peak(void)
{
	return atomic64_xchg(&memory_peak, atomic64_read(&memory_now));
}

/* All of the kernel's memory is locked. */
void *port_alloc_locked(size_t size)
{
	return memory_alloc(size, ALLOC_GFP);
}

void port_free_locked(void *mem, size_t size)
{
	port_free(mem, size);
}

/*
 * The threads of a dump are created before it begins and stopped after it has
 * ended: a change to the kernel's lists of tasks during the dump would make
 * these lists inconsistent in it.
 */
struct port_worker {
	struct task_struct *task;	/* NULL: it could not be created */
	const struct cred *cred;	/* the credentials it uses */
	int nice;			/* when it is not boosted */
	int ioprio;
	wait_queue_head_t wait;
	int (*fn)(void *arg, unsigned int worker);	/* NULL: nothing to do */
	void *arg;
	unsigned int worker;
	int result;
	struct completion done;
};

/* [0] is the thread that calls port_run(). */
static struct port_worker port_workers[LIVEDUMP_WORKERS_MAX];

void livedump_set_priority(struct task_struct *task, int nice, int ioprio)
{
	set_user_nice(task, nice);
#ifdef CONFIG_BLOCK
	set_task_ioprio(task, ioprio);
#endif
}

static int worker_thread_run(void *data)
{
	struct port_worker *w = data;
	int (*fn)(void *arg, unsigned int worker);
	const struct cred *old;

	livedump_set_priority(current, w->nice, w->ioprio);
	old = override_creds(w->cred);
	for (;;) {
		wait_event_idle(w->wait, READ_ONCE(w->fn) || kthread_should_stop());
		/* Pairs with port_run(): w->arg is valid when w->fn is set. */
		fn = smp_load_acquire(&w->fn);
		if (!fn)
			break;
		WRITE_ONCE(w->fn, NULL);
		w->result = fn(w->arg, w->worker);
		complete(&w->done);
	}
	revert_creds(old);
	return 0;
}

/* If a thread cannot be created, the others do its work. */
void livedump_workers_start(unsigned int workers, const struct cred *cred, int nice,
			    int ioprio)
{
	for (unsigned int i = 1; i < workers; i++) {
		struct port_worker *w = &port_workers[i];
		struct task_struct *task;

		w->cred = cred;
		w->nice = nice;
		w->ioprio = ioprio;
		w->worker = i;
		w->fn = NULL;
		init_waitqueue_head(&w->wait);
		init_completion(&w->done);
		task = kthread_run(worker_thread_run, w, "livedump/%u", i);
		w->task = IS_ERR(task) ? NULL : task;
	}
}

void livedump_workers_reset_priority(unsigned int workers)
{
	for (unsigned int i = 1; i < workers; i++)
		if (port_workers[i].task)
			livedump_set_priority(port_workers[i].task, 0, IOPRIO_DEFAULT);
}

void livedump_workers_stop(unsigned int workers)
{
	for (unsigned int i = 1; i < workers; i++) {
		if (port_workers[i].task)
			kthread_stop(port_workers[i].task);
		port_workers[i].task = NULL;
	}
}

int port_run(unsigned int workers, int (*fn)(void *arg, unsigned int worker), void *arg)
{
	int err;

	for (unsigned int i = 1; i < workers; i++) {
		struct port_worker *w = &port_workers[i];

		if (!w->task)
			continue;
		reinit_completion(&w->done);
		w->arg = arg;
		/* Pairs with worker_thread_run(). */
		smp_store_release(&w->fn, fn);
		wake_up(&w->wait);
	}
	err = fn(arg, 0);
	for (unsigned int i = 1; i < workers; i++) {
		if (!port_workers[i].task)
			continue;
		wait_for_completion(&port_workers[i].done);
		if (!err)
			err = port_workers[i].result;
	}
	return err;
}

u64 port_hash64(const void *data, size_t len, u64 seed)
{
	return xxh64(data, len, seed);
}

u64 port_now_ns(void)
{
	return ktime_get_ns();
}

void port_sleep_ns(u64 ns)
{
	u64 us = div_u64(ns, NSEC_PER_USEC) + 1;

	if (us < 20 * USEC_PER_MSEC)
		usleep_range_state(us, us + us / 4, TASK_IDLE);
	else
		schedule_timeout_idle(usecs_to_jiffies(us));
}

void port_boost(bool on)
{
	if (on)
		sched_set_fifo_low(current);
	else
		sched_set_normal(current, task_nice(current));
}

void port_relax(void)
{
	cond_resched();
}
