// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pairs: a test module whose data is consistent at every moment, and different
 * at any other moment.
 *
 * Threads increment pairs of counters, which are in two different page frames.
 * They also change a list whose nodes add up to a number stored elsewhere. Each
 * step runs with preemption off. So if the scheduler stops the system, both
 * counters of each pair are equal. A dump in which they differ does not show a
 * single moment.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#define PAIRS		64
#define NODES		64
#define THREADS		2

struct pairs_node {
	struct list_head link;
	u64 value;
};

/* Found by name in a dump. */
u64 *pairs_a[PAIRS];
u64 *pairs_b[PAIRS];
struct list_head pairs_list;
u64 *pairs_sum;

static DEFINE_SPINLOCK(lock);
static struct task_struct *threads[THREADS];

static void step(u64 n)
{
	struct pairs_node *first;

	spin_lock(&lock);
	for (unsigned int i = 0; i < PAIRS; i++) {
		WRITE_ONCE(*pairs_a[i], *pairs_a[i] + 1);
		WRITE_ONCE(*pairs_b[i], *pairs_b[i] + 1);
	}
	first = list_first_entry(&pairs_list, struct pairs_node, link);
	list_move_tail(&first->link, &pairs_list);
	WRITE_ONCE(*pairs_sum, *pairs_sum - first->value + n);
	WRITE_ONCE(first->value, n);
	spin_unlock(&lock);
}

static int stepper(void *arg)
{
	u64 n = (unsigned long)arg;

	while (!kthread_should_stop()) {
		for (unsigned int i = 0; i < 4; i++)
			step(n += THREADS);
		/* The rest of the system runs, too. */
		usleep_range(20, 40);
	}
	return 0;
}

static void free_all(void)
{
	struct pairs_node *node, *next;

	for (unsigned int i = 0; i < THREADS; i++)
		if (!IS_ERR_OR_NULL(threads[i]))
			kthread_stop(threads[i]);
	for (unsigned int i = 0; i < PAIRS; i++) {
		kfree(pairs_a[i]);
		kfree(pairs_b[i]);
	}
	list_for_each_entry_safe(node, next, &pairs_list, link)
		kfree(node);
	kfree(pairs_sum);
}

static int __init pairs_init(void)
{
	INIT_LIST_HEAD(&pairs_list);
	pairs_sum = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!pairs_sum)
		return -ENOMEM;
	for (unsigned int i = 0; i < PAIRS; i++) {
		pairs_a[i] = kzalloc(PAGE_SIZE, GFP_KERNEL);
		pairs_b[i] = kzalloc(PAGE_SIZE, GFP_KERNEL);
		if (!pairs_a[i] || !pairs_b[i])
			goto err_free;
	}
	for (unsigned int i = 0; i < NODES; i++) {
		/* A page each: they are read one after the other. */
		struct pairs_node *node = kzalloc(PAGE_SIZE, GFP_KERNEL);

		if (!node)
			goto err_free;
		list_add_tail(&node->link, &pairs_list);
	}
	for (unsigned long i = 0; i < THREADS; i++) {
		threads[i] = kthread_run(stepper, (void *)i, "pairs/%lu", i);
		if (IS_ERR(threads[i]))
			goto err_free;
	}
	return 0;

err_free:
	free_all();
	return -ENOMEM;
}

static void __exit pairs_exit(void)
{
	free_all();
}

module_init(pairs_init);
module_exit(pairs_exit);
MODULE_DESCRIPTION("Data that a dump of one moment finds consistent");
MODULE_LICENSE("Dual BSD/GPL");
