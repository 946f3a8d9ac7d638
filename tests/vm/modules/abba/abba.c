// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * abba: a test module whose two mutexes can be taken in the wrong order.
 *
 * Writing "ab" to /proc/abba takes lock_a, waits until the other side holds
 * its own first lock, then takes lock_b; "ba" does the reverse.  A task for
 * each gives a deadlock that no signal ends.  The module also holds data of
 * known value, for a debugger to find in a dump.
 */
#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define ABBA_NODES	100
#define ABBA_MAGIC	0x6c697665616262aaULL

struct abba_node {
	struct list_head link;
	u64 index;
	u64 square;
};

struct abba_facts {
	u64 magic;
	u64 nodes;
	u64 sum;
	char text[32];
};

struct mutex abba_lock_a;
struct mutex abba_lock_b;

/* The tasks that hold one lock and want the other, for /proc/abba only. */
static struct task_struct *abba_task_ab;
static struct task_struct *abba_task_ba;

/* Both sides hold their first lock once this reaches 2. */
static atomic_t abba_holders = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(abba_wait);

/*
 * Set in abba_init(), to lie in .bss: crash 8.0.6 gets the addresses of other
 * data sections wrong on 6.12.
 */
struct abba_facts abba_facts;
struct list_head abba_list;

static noinline int abba_cross(struct mutex *first, struct mutex *second,
			       struct task_struct **self)
{
	int ret;

	mutex_lock(first);
	*self = current;
	atomic_inc(&abba_holders);
	wake_up_all(&abba_wait);
	ret = wait_event_killable(abba_wait, atomic_read(&abba_holders) >= 2);
	if (ret) {
		atomic_dec(&abba_holders);
		*self = NULL;
		mutex_unlock(first);
		return ret;
	}
	/* Else lockdep would tell of the deadlock, and stop looking for others. */
	mutex_lock_nested(second, SINGLE_DEPTH_NESTING);
	mutex_unlock(second);
	mutex_unlock(first);
	return 0;
}

static ssize_t abba_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *pos)
{
	char word[2];
	int ret;

	if (count < sizeof(word) || copy_from_user(word, buf, sizeof(word)))
		return -EFAULT;
	if (word[0] == 'a' && word[1] == 'b')
		ret = abba_cross(&abba_lock_a, &abba_lock_b, &abba_task_ab);
	else if (word[0] == 'b' && word[1] == 'a')
		ret = abba_cross(&abba_lock_b, &abba_lock_a, &abba_task_ba);
	else
		ret = -EINVAL;
	return ret ? ret : count;
}

/* There are flags in the low bits. With PREEMPT_RT a mutex is an rt_mutex inside. */
static struct task_struct *abba_owner(struct mutex *lock)
{
#ifdef CONFIG_PREEMPT_RT
	return (struct task_struct *)((unsigned long)READ_ONCE(lock->rtmutex.owner) & ~1UL);
#else
	return (struct task_struct *)(atomic_long_read(&lock->owner) & ~7UL);
#endif
}

static void abba_show_lock(struct seq_file *seq, const char *name,
			   struct mutex *lock)
{
	struct task_struct *owner = abba_owner(lock), *waiter = NULL;

	if (owner && owner == abba_task_ab)
		waiter = abba_task_ba;
	else if (owner && owner == abba_task_ba)
		waiter = abba_task_ab;
	seq_printf(seq, "mutex %s %px %d %d\n", name, lock,
		   owner ? task_pid_nr(owner) : 0,
		   waiter ? task_pid_nr(waiter) : 0);
}

static int abba_show(struct seq_file *seq, void *unused)
{
	abba_show_lock(seq, "abba_lock_a", &abba_lock_a);
	abba_show_lock(seq, "abba_lock_b", &abba_lock_b);
	seq_printf(seq, "facts %px %llu %llu %llu %s\n", &abba_facts,
		   abba_facts.magic, abba_facts.nodes, abba_facts.sum,
		   abba_facts.text);
	return 0;
}

static int abba_open(struct inode *inode, struct file *file)
{
	return single_open(file, abba_show, NULL);
}

static const struct proc_ops abba_proc_ops = {
	.proc_open	= abba_open,
	.proc_read	= seq_read,
	.proc_lseek	= seq_lseek,
	.proc_release	= single_release,
	.proc_write	= abba_write,
};

static void abba_free_list(void)
{
	struct abba_node *node, *next;

	list_for_each_entry_safe(node, next, &abba_list, link)
		kfree(node);
}

/* Of one class for lockdep, as nesting is allowed within a class only. */
static noinline void abba_init_lock(struct mutex *lock)
{
	mutex_init(lock);
}

static int __init abba_init(void)
{
	u64 i;

	abba_init_lock(&abba_lock_a);
	abba_init_lock(&abba_lock_b);
	INIT_LIST_HEAD(&abba_list);
	abba_facts.magic = ABBA_MAGIC;
	strscpy(abba_facts.text, "the quick brown fox", sizeof(abba_facts.text));
	for (i = 0; i < ABBA_NODES; i++) {
		struct abba_node *node = kzalloc(sizeof(*node), GFP_KERNEL);

		if (!node)
			goto fail;
		node->index = i;
		node->square = i * i;
		list_add_tail(&node->link, &abba_list);
		abba_facts.nodes++;
		abba_facts.sum += node->square;
	}
	if (!proc_create("abba", 0600, NULL, &abba_proc_ops))
		goto fail;
	return 0;
fail:
	abba_free_list();
	return -ENOMEM;
}

/* remove_proc_entry() waits for the writers, and so for a deadlock for ever. */
static void __exit abba_exit(void)
{
	remove_proc_entry("abba", NULL);
	abba_free_list();
}

module_init(abba_init);
module_exit(abba_exit);
MODULE_DESCRIPTION("Two mutexes to be taken in the wrong order");
MODULE_LICENSE("Dual BSD/GPL");
