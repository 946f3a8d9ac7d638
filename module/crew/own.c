// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * own.c - the large buffers of dumps.
 *
 * To free memory of vmalloc() may take a flush of all processors' TLBs, see
 * lazy_max_pages() in mm/vmalloc.c. The processor that flushes waits for all others and does
 * nothing else. If one of them takes no interrupt, both are lost. So the buffers of a dump are
 * kept to its end, and are freed when each processor has taken an interrupt. Until then other
 * dumps use them.
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "module/compat/compat.h"
#include "own.h"

/* page->private of each page frame of a dump's buffers is this one's address. */
static char own_mark;

static atomic64_t own_frees;

/* In the first page of each buffer. The caller gets what comes after that page. */
struct own_head {
	size_t size;			/* bytes of all pages */
	struct own_head *next;		/* kept, too */
};

/* As many buffers are looked at, so that the lock is held for a short time only. */
#define OWN_LOOK	64U

/* How often memory is asked for that should be there. */
#define OWN_TRIES	4U

/* Protects what follows. */
static DEFINE_SPINLOCK(own_lock);
static struct own_head *own_kept[BITS_PER_LONG];	/* by the logarithm of their size */
static u64 own_kept_bytes;

/* Protects what follows, also in interrupts. */
static DEFINE_RAW_SPINLOCK(own_deaf_lock);
static struct cpumask own_deaf;		/* processors that have not taken their interrupt */
static bool own_late;			/* own_work comes, with a reference to the module */
static DEFINE_PER_CPU(call_single_data_t, own_call);

u64 livedump_own_frees(void)
{
	return atomic64_read(&own_frees);
}

bool livedump_is_own(const struct page *page)
{
	return READ_ONCE(page->private) == (unsigned long)&own_mark;
}

/* vmalloc() does not use page->private. The word must be zero when a page is freed. */
static void own_mark_pages(void *mem, size_t size, bool on)
{
	unsigned long mark = on ? (unsigned long)&own_mark : 0;

	for (size_t at = 0; at < size; at += PAGE_SIZE) {
		set_page_private(vmalloc_to_page(mem + at), mark);
		/* A GiB has 262,144 pages, at 50 ns each. */
		if (at % SZ_4M == 0)
			cond_resched();
	}
}

/* Take *@at from the list. */
static struct own_head *own_take(struct own_head **at)
{
	struct own_head *head = *at;

	lockdep_assert_held(&own_lock);
	*at = head->next;
	own_kept_bytes -= head->size;
	return head;
}

static struct own_head *own_find(struct own_head **at, size_t size)
{
	for (unsigned int looked = 0; *at && looked < OWN_LOOK; looked++) {
		if ((*at)->size >= size && (*at)->size / 2 <= size)
			return own_take(at);
		at = &(*at)->next;
	}
	return NULL;
}

/* One that is large enough, but not much too large, or NULL. */
static struct own_head *own_reuse(size_t size)
{
	struct own_head *head;

	if (!livedump_own_kept())
		return NULL;
	spin_lock(&own_lock);
	head = own_find(&own_kept[ilog2(size)], size);
	if (!head)
		head = own_find(&own_kept[ilog2(size) + 1], size);
	spin_unlock(&own_lock);
	return head;
}

/*
 * vmalloc() of Linux 6.19 warns of __GFP_RETRY_MAYFAIL and drops it: without it the OOM killer
 * would run. All take __GFP_NORETRY, with which little is reclaimed at a time. So this tries
 * again while there is memory to reclaim.
 */
static void *own_vmalloc(size_t all, gfp_t gfp)
{
	void *mem;

	gfp = (gfp & ~__GFP_RETRY_MAYFAIL) | __GFP_NORETRY;
	for (unsigned int try = 0; try < OWN_TRIES; try++) {
		mem = __vmalloc(all, gfp);
		if (mem || si_mem_available() < (long)(all >> PAGE_SHIFT))
			break;
	}
	return mem;
}

static struct own_head *own_alloc_new(size_t all, gfp_t gfp)
{
	struct own_head *head = own_vmalloc(all, gfp);

	/*
	 * What is kept may be of other sizes. While a processor is known to be deaf it stays: to
	 * ask takes a second, and a dump may fail to get memory thousands of times.
	 */
	if (!head && livedump_own_kept() && !READ_ONCE(own_late)) {
		livedump_own_settle();
		head = own_vmalloc(all, gfp);
	}
	if (!head)
		return NULL;
	own_mark_pages(head, all, true);
	head->size = all;
	return head;
}

void *livedump_own_alloc(size_t size, gfp_t gfp)
{
	size_t all = PAGE_ALIGN(size) + PAGE_SIZE;
	struct own_head *head = own_reuse(all);

	if (head && gfp & __GFP_ZERO)
		memset((void *)head + PAGE_SIZE, 0, size);
	if (!head)
		head = own_alloc_new(all, gfp);
	return head ? (void *)head + PAGE_SIZE : NULL;
}

void livedump_own_free(void *mem)
{
	struct own_head *head = mem - PAGE_SIZE, **list = &own_kept[ilog2(head->size)];

	spin_lock(&own_lock);
	head->next = *list;
	*list = head;
	own_kept_bytes += head->size;
	spin_unlock(&own_lock);
}

u64 livedump_own_kept(void)
{
	return READ_ONCE(own_kept_bytes);
}

static void own_release_list(struct own_head **list)
{
	struct own_head *head;

	do {
		spin_lock(&own_lock);
		head = *list ? own_take(list) : NULL;
		spin_unlock(&own_lock);
		if (head) {
			own_mark_pages(head, head->size, false);
			atomic64_inc(&own_frees);
			vfree(head);
		}
		cond_resched();
	} while (head);
}

static void own_release(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(own_kept); i++)
		own_release_list(&own_kept[i]);
}

static void own_work_fn(struct work_struct *work);
static DECLARE_WORK(own_work, own_work_fn);

static void own_hears(unsigned int cpu)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&own_deaf_lock, flags);
	cpumask_clear_cpu(cpu, &own_deaf);
	if (own_late && cpumask_empty(&own_deaf))
		queue_work(livedump_unbound_wq, &own_work);
	raw_spin_unlock_irqrestore(&own_deaf_lock, flags);
}

/* The interrupt. A processor that goes offline does it before. */
static void own_interrupt(void *unused)
{
	own_hears(smp_processor_id());
}

/* Nobody waits for the processor here, not even with a lock that others may want. */
static void own_send_interrupt(unsigned int cpu)
{
	call_single_data_t *call = &per_cpu(own_call, cpu);
	unsigned long flags;
	bool sent;

	raw_spin_lock_irqsave(&own_deaf_lock, flags);
	sent = cpumask_test_and_set_cpu(cpu, &own_deaf);
	raw_spin_unlock_irqrestore(&own_deaf_lock, flags);
	if (sent)
		return;
	call->func = own_interrupt;
	/* The processor may have gone offline. */
	if (smp_call_function_single_async(cpu, call))
		own_hears(cpu);
}

static bool own_all_hear(void)
{
	unsigned long end = jiffies + HZ;
	unsigned int cpu;

	for_each_online_cpu(cpu)
		own_send_interrupt(cpu);
	while (!cpumask_empty(&own_deaf) && time_before(jiffies, end))
		schedule_timeout_idle(1);
	return cpumask_empty(&own_deaf);
}

/* Returns false if meanwhile all have taken their interrupts. */
static bool own_leave_to_work(void)
{
	bool leave, first;

	__module_get(THIS_MODULE);
	raw_spin_lock_irq(&own_deaf_lock);
	leave = !cpumask_empty(&own_deaf);
	first = leave && !own_late;
	WRITE_ONCE(own_late, own_late || leave);
	raw_spin_unlock_irq(&own_deaf_lock);
	if (!first)
		module_put(THIS_MODULE);
	return leave;
}

void livedump_own_settle(void)
{
	if (own_all_hear() || !own_leave_to_work())
		own_release();
}

/* The last processor that was asked has heard. Others may have gone deaf meanwhile. */
static void own_work_fn(struct work_struct *work)
{
	bool late;

	raw_spin_lock_irq(&own_deaf_lock);
	late = own_late;
	WRITE_ONCE(own_late, false);
	raw_spin_unlock_irq(&own_deaf_lock);
	/* Interrupts that were asked for meanwhile may have queued it once more. */
	if (!late)
		return;
	livedump_own_settle();
	module_put(THIS_MODULE);
}

/* The work may still be about to return after its module_put(). */
void livedump_own_exit(void)
{
	flush_work(&own_work);
	own_release();
}
