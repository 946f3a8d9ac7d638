// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * own.c - the large buffers of dumps.
 *
 * To free memory of vmalloc() may take a flush of all processors' TLBs, see
 * lazy_max_pages() in mm/vmalloc.c. The processor that flushes runs nothing else until
 * each of the others has answered. If one hears no interrupt, two are lost. So buffers are
 * kept while a processor does not answer, and later dumps use them.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "module/limits/cgroup.h"
#include "own.h"

/* page->private of each page frame of a dump's buffers is this one's address. */
static char own_mark;

static atomic64_t own_frees;

/* A buffer that was kept. It stays in the list while a later dump uses it. */
struct own_kept {
	struct own_kept *next;
	void *mem;
	size_t size;
	bool used;
};

/* Protects what follows. */
static DEFINE_SPINLOCK(own_lock);
static bool own_keeping;		/* a processor may not answer */
static struct own_kept *own_list;
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

static void own_free_now(void *mem, size_t size)
{
	own_mark_pages(mem, size, false);
	atomic64_inc(&own_frees);
	vfree(mem);
}

/* The smallest one that is large enough, but not much too large. */
static void *own_reuse(size_t size)
{
	struct own_kept *kept, *best = NULL;

	if (!READ_ONCE(own_list))
		return NULL;
	spin_lock(&own_lock);
	for (kept = own_list; kept; kept = kept->next)
		if (!kept->used && kept->size >= size && kept->size / 2 <= size &&
		    (!best || kept->size < best->size))
			best = kept;
	if (best)
		best->used = true;
	spin_unlock(&own_lock);
	return best ? best->mem : NULL;
}

void *livedump_own_alloc(size_t size, gfp_t gfp)
{
	void *mem = own_reuse(size);

	if (mem)
		return gfp & __GFP_ZERO ? memset(mem, 0, size) : mem;
	mem = __vmalloc(size, gfp);
	if (mem)
		own_mark_pages(mem, size, true);
	return mem;
}

/* Take an entry that is not in use from the list, or NULL. */
static struct own_kept *own_take(void)
{
	struct own_kept **at, *kept;

	spin_lock(&own_lock);
	for (at = &own_list; *at && (*at)->used; at = &(*at)->next)
		;
	kept = *at;
	if (kept) {
		*at = kept->next;
		own_kept_bytes -= kept->size;
	}
	spin_unlock(&own_lock);
	return kept;
}

static void own_release(void)
{
	struct own_kept *kept;

	while ((kept = own_take())) {
		own_free_now(kept->mem, kept->size);
		kfree(kept);
		cond_resched();
	}
}

/* The entry of @mem in the list, or NULL. */
static struct own_kept *own_find(const void *mem)
{
	struct own_kept *kept = own_list;

	lockdep_assert_held(&own_lock);
	while (kept && kept->mem != mem)
		kept = kept->next;
	return kept;
}

/* Whether to keep @mem. @new is then in the list. */
static bool own_keep(void *mem, size_t size, struct own_kept *new)
{
	bool keep;

	spin_lock(&own_lock);
	keep = own_keeping;
	if (keep) {
		*new = (struct own_kept){ own_list, mem, size };
		own_list = new;
		own_kept_bytes += size;
	}
	spin_unlock(&own_lock);
	return keep;
}

/* Whether @mem was kept before. */
static bool own_keep_again(const void *mem)
{
	struct own_kept *kept;

	if (!READ_ONCE(own_list))
		return false;
	spin_lock(&own_lock);
	kept = own_find(mem);
	if (kept)
		kept->used = false;
	spin_unlock(&own_lock);
	if (kept && !READ_ONCE(own_keeping))
		own_release();
	return kept;
}

void livedump_own_free(void *mem, size_t size)
{
	struct own_kept *new;

	if (own_keep_again(mem))
		return;
	if (READ_ONCE(own_keeping)) {
		new = kmalloc(sizeof(*new), LIVEDUMP_GFP);
		if (new && own_keep(mem, size, new))
			return;
		kfree(new);
	}
	own_free_now(mem, size);
}

u64 livedump_own_kept(void)
{
	return READ_ONCE(own_kept_bytes);
}

void livedump_own_keep(bool on)
{
	spin_lock(&own_lock);
	WRITE_ONCE(own_keeping, on);
	spin_unlock(&own_lock);
	if (!on)
		own_release();
}
