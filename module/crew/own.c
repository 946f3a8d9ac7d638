// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * own.c - the large buffers of dumps.
 *
 * To free memory of vmalloc() may take a flush of all processors' TLBs, see
 * lazy_max_pages() in mm/vmalloc.c. The processor that flushes waits for all others and does
 * nothing else. If one of them hears no interrupt, both are lost. So buffers are kept while
 * a processor does not answer, and later dumps use them.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

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

/* Protects what follows. */
static DEFINE_SPINLOCK(own_lock);
static bool own_keeping;
static struct own_head *own_kept;
static u64 own_kept_bytes;

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

/* One of the first that is large enough, but not much too large, or NULL. */
static struct own_head *own_reuse(size_t size)
{
	struct own_head **at, *head = NULL;
	unsigned int looked = 0;

	if (!READ_ONCE(own_kept))
		return NULL;
	spin_lock(&own_lock);
	for (at = &own_kept; *at && !head && looked < OWN_LOOK; looked++) {
		if ((*at)->size >= size && (*at)->size / 2 <= size)
			head = own_take(at);
		else
			at = &(*at)->next;
	}
	spin_unlock(&own_lock);
	return head;
}

void *livedump_own_alloc(size_t size, gfp_t gfp)
{
	size_t all = PAGE_ALIGN(size) + PAGE_SIZE;
	struct own_head *head = own_reuse(all);

	if (head && gfp & __GFP_ZERO)
		memset((void *)head + PAGE_SIZE, 0, size);
	if (!head) {
		head = __vmalloc(all, gfp);
		if (!head)
			return NULL;
		own_mark_pages(head, all, true);
		head->size = all;
	}
	return (void *)head + PAGE_SIZE;
}

static void own_free_now(struct own_head *head)
{
	own_mark_pages(head, head->size, false);
	atomic64_inc(&own_frees);
	vfree(head);
}

void livedump_own_free(void *mem)
{
	struct own_head *head = mem - PAGE_SIZE;
	bool keep;

	spin_lock(&own_lock);
	keep = own_keeping;
	if (keep) {
		head->next = own_kept;
		own_kept = head;
		own_kept_bytes += head->size;
	}
	spin_unlock(&own_lock);
	if (!keep)
		own_free_now(head);
}

void livedump_own_keep(bool on)
{
	spin_lock(&own_lock);
	own_keeping = on;
	spin_unlock(&own_lock);
}

u64 livedump_own_kept(void)
{
	return READ_ONCE(own_kept_bytes);
}

void livedump_own_release(void)
{
	struct own_head *head;

	do {
		spin_lock(&own_lock);
		head = own_kept && !own_keeping ? own_take(&own_kept) : NULL;
		spin_unlock(&own_lock);
		if (head)
			own_free_now(head);
		cond_resched();
	} while (head);
}
