// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * port_kernel.c - the port of the core to the kernel: memory, threads, time.
 */
#include <linux/completion.h>
#include <linux/cred.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "livedump.h"

/*
 * A dump rather fails than has someone killed for its memory. Larger blocks
 * need no contiguous page frames.
 */
#define ALLOC_GFP	(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)
#define VMALLOC_MIN	(2 * PAGE_SIZE)

static atomic64_t memory_now;
static atomic64_t memory_peak;

/* Its address is in the private word of the page frames of a dump's buffers. */
static char own;

bool livedump_is_own(const struct page *page)
{
	return READ_ONCE(page->private) == (unsigned long)&own;
}

/* Pages of vmalloc() have no other use for the word; it is zero when they go back. */
static void mark_own(void *mem, size_t size, bool on)
{
	for (size_t at = 0; at < size; at += PAGE_SIZE)
		set_page_private(vmalloc_to_page(mem + at), on ? (unsigned long)&own : 0);
}

void *port_alloc(size_t size)
{
	void *mem;
	s64 now;

	if (size > VMALLOC_MIN)
		mem = __vmalloc(size, ALLOC_GFP | __GFP_ZERO);
	else
		mem = kzalloc(size, ALLOC_GFP);
	if (!mem)
		return NULL;
	if (size > VMALLOC_MIN)
		mark_own(mem, size, true);
	now = atomic64_add_return(size, &memory_now);
	if (now > atomic64_read(&memory_peak))
		atomic64_set(&memory_peak, now);
	return mem;
}

void port_free(void *mem, size_t size)
{
	if (!mem)
		return;
	atomic64_sub(size, &memory_now);
	if (size > VMALLOC_MIN)
		mark_own(mem, size, false);
	kvfree(mem);
}

u64 livedump_memory_peak(void)
{
	return atomic64_xchg(&memory_peak, atomic64_read(&memory_now));
}

/* All of the kernel's memory is pinned. */
void *port_alloc_pinned(size_t size)
{
	return port_alloc(size);
}

void port_free_pinned(void *mem, size_t size)
{
	port_free(mem, size);
}

struct run {
	struct task_struct *task;
	const struct cred *cred;
	int (*fn)(void *arg, unsigned int worker);
	void *arg;
	unsigned int worker;
	int result;
	struct completion done;
};

static int run_thread(void *arg)
{
	struct run *r = arg;
	const struct cred *old = override_creds(r->cred);

	set_user_nice(current, LIVEDUMP_NICE);
	r->result = r->fn(r->arg, r->worker);
	revert_creds(old);
	complete(&r->done);
	return 0;
}

static bool start(struct run *r)
{
	struct task_struct *task;

	task = kthread_create(run_thread, r, "livedump/%u", r->worker);
	if (IS_ERR(task))
		return false;
	/* It may be gone before it is stopped. */
	r->task = get_task_struct(task);
	wake_up_process(task);
	return true;
}

/*
 * The threads act with the credentials of the caller: for quotas, and for
 * file systems that ask.
 */
int port_run(unsigned int workers, int (*fn)(void *arg, unsigned int worker), void *arg)
{
	struct run *runs;
	unsigned int started;
	int err;

	runs = kcalloc(workers, sizeof(*runs), GFP_KERNEL);
	if (!runs)
		return -ENOMEM;
	for (unsigned int i = 0; i < workers; i++) {
		runs[i].cred = current_cred();
		runs[i].fn = fn;
		runs[i].arg = arg;
		runs[i].worker = i;
		init_completion(&runs[i].done);
	}
	/* Whatever threads there are will do all of the work. */
	for (started = 1; started < workers; started++)
		if (!start(&runs[started]))
			break;
	err = fn(arg, 0);
	for (unsigned int i = 1; i < started; i++) {
		wait_for_completion(&runs[i].done);
		/* Until it has left the module's code. */
		kthread_stop(runs[i].task);
		put_task_struct(runs[i].task);
		if (!err)
			err = runs[i].result;
	}
	kfree(runs);
	return err;
}

u64 port_now_ns(void)
{
	return ktime_get_ns();
}

/* Workers of the module have a nice value of their own, and read nothing ahead. */
void port_hurry(bool on)
{
}

void port_relax(void)
{
	cond_resched();
}
