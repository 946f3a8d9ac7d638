// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ballast mb=N: a test module that holds N MiB of kernel memory without pages of
 * zeros, and prints how long memcpy() on one processor needs to copy them:
 *
 *	ballast: memcpy of N MiB: T us
 *
 * This is the best of five copies, each to pages that were touched before.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define ROUNDS	5

static unsigned int mb;
module_param(mb, uint, 0444);

static u8 *mem;

static u64 copy_ns(u8 *to, size_t size)
{
	u64 best = U64_MAX;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		u64 ns = 0;

		for (size_t at = 0; at < size; at += SZ_1M) {
			u64 start;

			preempt_disable();
			start = ktime_get_ns();
			for (size_t page = 0; page < SZ_1M; page += PAGE_SIZE)
				memcpy(to + at + page, mem + at + page, PAGE_SIZE);
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
	size_t size = (size_t)mb << 20;
	u8 *to;

	mem = vmalloc(size);
	to = vmalloc(size);
	if (!mem || !to) {
		vfree(to);
		vfree(mem);
		return -ENOMEM;
	}
	/* Written before it is timed; the content is none that packs to nothing. */
	for (size_t at = 0; at < size; at += sizeof(u64)) {
		*(u64 *)(mem + at) = at * 0x9e3779b97f4a7c15ULL;
		*(u64 *)(to + at) = 0;
	}
	pr_info("memcpy of %u MiB: %llu us\n", mb, div_u64(copy_ns(to, size), NSEC_PER_USEC));
	vfree(to);
	return 0;
}

static void __exit ballast_exit(void)
{
	vfree(mem);
}

module_init(ballast_init);
module_exit(ballast_exit);
MODULE_DESCRIPTION("Memory of the kernel's to be dumped");
MODULE_LICENSE("Dual BSD/GPL");
