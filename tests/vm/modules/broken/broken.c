// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * broken.c - a module with the fault that its parameter names. The debug kernel
 * must find it, which shows that it would find such a fault in livedump.
 */
#include <linux/delay.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("faults for a debug kernel to find");

static char *fault = "";
module_param(fault, charp, 0);

static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);
static DEFINE_SPINLOCK(spin);

static int leak(void)
{
	for (unsigned int i = 0; i < 10; i++)
		if (!kzalloc(1000 + i, GFP_KERNEL))
			return -ENOMEM;
	return 0;
}

static int use_after_free(void)
{
	char *volatile p = kzalloc(64, GFP_KERNEL);

	kfree(p);
	return p ? p[5] & 1 : -ENOMEM;
}

/* Each order of the two is right; both of them is a deadlock waiting to happen. */
static int lock_order(void)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
	return 0;
}

static int sleep_in_atomic(void)
{
	spin_lock(&spin);
	msleep(20);
	spin_unlock(&spin);
	return 0;
}

static int list_twice(void)
{
	static LIST_HEAD(head);
	static LIST_HEAD(entry);

	list_add(&entry, &head);
	list_add(&entry, &head);
	list_del(&entry);
	return 0;
}

static int shift_too_far(void)
{
	volatile unsigned int bits = 40;

	return (1 << bits) & 1 ? -EINVAL : 0;
}

static int __init broken_init(void)
{
	static const struct {
		const char *name;
		int (*fn)(void);
	} faults[] = {
		{ "leak", leak }, { "use-after-free", use_after_free },
		{ "lock-order", lock_order }, { "sleep-in-atomic", sleep_in_atomic },
		{ "list-twice", list_twice }, { "shift-too-far", shift_too_far },
		{ "none", NULL },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++)
		if (!strcmp(fault, faults[i].name))
			return faults[i].fn ? faults[i].fn() : 0;
	return -EINVAL;
}

static void __exit broken_exit(void)
{
}

module_init(broken_init);
module_exit(broken_exit);
