// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ballast mb=N [slab=1]: a test module that holds N MiB of kernel memory without pages of
 * zeros, and prints how long memcpy() on one processor needs to copy them:
 *
 *	ballast: memcpy of N MiB: T us
 *
 * This is the best of five copies, each to pages that were touched before. The memory is
 * vmalloc()'s, each page of which has an entry in the kernel's page tables, or of the slab
 * allocator, as most memory of a kernel is, and mapped by large pages.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define ROUNDS	5

static unsigned int mb;
module_param(mb, uint, 0444);

static bool slab;
module_param(slab, bool, 0444);

static u8 **pages;
static u8 *mem;		/* of all pages, if it is vmalloc()'s */

static size_t ballast_pages(void)
{
	return (size_t)mb << (20 - PAGE_SHIFT);
}

static void ballast_free(void)
{
	for (size_t i = 0; slab && pages && i < ballast_pages(); i++) {
		kfree(pages[i]);
		cond_resched();
	}
	vfree(mem);
	vfree(pages);
}

static int ballast_alloc(void)
{
	pages = vzalloc(ballast_pages() * sizeof(*pages));
	if (!pages)
		return -ENOMEM;
	if (!slab)
		mem = vmalloc((size_t)mb << 20);
	for (size_t i = 0; i < ballast_pages(); i++) {
		if (slab)
			pages[i] = kmalloc(PAGE_SIZE, GFP_KERNEL);
		else if (mem)
			pages[i] = mem + (i << PAGE_SHIFT);
		if (!pages[i])
			return -ENOMEM;
		cond_resched();
	}
	return 0;
}

static u64 copy_ns(u8 *to)
{
	u64 best = U64_MAX;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		size_t each = SZ_1M >> PAGE_SHIFT;
		u64 ns = 0;

		for (size_t i = 0; i < ballast_pages(); i += each) {
			u64 start;

			preempt_disable();
			start = ktime_get_ns();
			for (size_t n = i; n < i + each; n++)
				memcpy(to + (n << PAGE_SHIFT), pages[n], PAGE_SIZE);
			ns += ktime_get_ns() - start;
			preempt_enable();
			cond_resched();
		}
		best = min(best, ns);
	}
	return best;
}

static int __init ballast_init(void)
{
	int err = ballast_alloc();
	u8 *to = err ? NULL : vmalloc((size_t)mb << 20);

	if (!to) {
		ballast_free();
		return -ENOMEM;
	}
	/* Written before it is timed; the content is none that packs to nothing. */
	for (size_t i = 0; i < ballast_pages(); i++) {
		for (size_t at = 0; at < PAGE_SIZE; at += sizeof(u64)) {
			u64 n = (i << PAGE_SHIFT) + at;

			*(u64 *)(pages[i] + at) = n * 0x9e3779b97f4a7c15ULL;
			*(u64 *)(to + n) = 0;
		}
		cond_resched();
	}
	pr_info("memcpy of %u MiB: %llu us\n", mb, div_u64(copy_ns(to), NSEC_PER_USEC));
	vfree(to);
	return 0;
}

static void __exit ballast_exit(void)
{
	ballast_free();
}

module_init(ballast_init);
module_exit(ballast_exit);
MODULE_DESCRIPTION("Memory of the kernel's to be dumped");
MODULE_LICENSE("Dual BSD/GPL");
