// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sick: a test module that makes the kernel complain. Writing one of these words to
 * /proc/sick does:
 *
 *	spin N		run for N seconds without letting others run: a soft lockup, or an
 *			RCU stall if that comes first
 *	deaf N		run with interrupts off for N seconds, or until someone else writes "hear":
 *			a hard lockup; several processors at a time may. Debian's kernels lack the
 *			detector that works without performance counters. There the detector's
 *			line is printed here, after 3 seconds. It takes a processor that hears: the
 *			first one.
 *	oops		this task writes to address 0 and is killed
 *	warn		a warning
 *	print N		10,000 messages a second about hung tasks, for N seconds
 *	hang N		N tasks wait for ever, each with a name of its own
 *	work N		a work keeps its worker, which is bound to a processor, busy for N
 *			seconds, so that another one cannot begin, and the task sickflush
 *			waits for it; without CONFIG_WQ_WATCHDOG, which no kernel of Debian
 *			has, the line of its watchdog is printed here, when the other work has
 *			waited for 3 seconds
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/proc_fs.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

static DECLARE_COMPLETION(sick_never);

static noinline void sick_spin(unsigned int seconds)
{
	unsigned long end = jiffies + seconds * HZ;

	preempt_disable();
	while (time_before(jiffies, end))
		cpu_relax();
	preempt_enable();
}

/*
 * How long a processor hears nothing: a timer of the first one ends it. That one may wait for
 * the others with preemption disabled, so a thread would not do, and a delay loop does not know
 * how fast it is emulated.
 */
struct sick_deaf {
	struct timer_list timer;
	unsigned int cpu, seconds, limit;
	bool over;
};

static DEFINE_PER_CPU(struct sick_deaf, sick_deaf_cpu);
static bool sick_hear;

static void sick_deaf_timer(struct timer_list *timer)
{
	struct sick_deaf *deaf = container_of(timer, struct sick_deaf, timer);

	deaf->seconds++;
	if (READ_ONCE(sick_hear) || deaf->seconds >= deaf->limit) {
		WRITE_ONCE(deaf->over, true);
		return;
	}
	if (deaf->seconds == 3 && !IS_ENABLED(CONFIG_HARDLOCKUP_DETECTOR_BUDDY))
		pr_emerg("NMI watchdog: Watchdog detected hard LOCKUP on cpu %u\n", deaf->cpu);
	timer->expires = jiffies + HZ;
	add_timer_on(timer, smp_processor_id());
}

static noinline int sick_deaf(unsigned int seconds)
{
	unsigned int first = cpumask_first(cpu_online_mask);
	struct sick_deaf *deaf = get_cpu_ptr(&sick_deaf_cpu);

	if (smp_processor_id() == first) {
		put_cpu_ptr(&sick_deaf_cpu);
		return -EINVAL;
	}
	deaf->cpu = smp_processor_id();
	deaf->limit = seconds;
	deaf->seconds = 0;
	deaf->over = false;
	WRITE_ONCE(sick_hear, false);
	timer_setup(&deaf->timer, sick_deaf_timer, TIMER_PINNED);
	deaf->timer.expires = jiffies + HZ;
	add_timer_on(&deaf->timer, first);
	local_irq_disable();
	while (!READ_ONCE(deaf->over))
		cpu_relax();
	local_irq_enable();
	put_cpu_ptr(&sick_deaf_cpu);
	return 0;
}

static void sick_print(unsigned int seconds)
{
	unsigned long begin = jiffies;
	unsigned int due, i = 0;

	do {
		due = jiffies_to_msecs(jiffies - begin) * 10;
		for (; i < due; i++)
			pr_err("INFO: task sick%u:%u blocked for more than 120 seconds.\n", i % 50,
			       i);
		msleep(20);
	} while (time_before(jiffies, begin + seconds * HZ));
	pr_info("sick: %u messages\n", i);
}

static int sick_wait(void *unused)
{
	wait_for_completion(&sick_never);
	return 0;
}

static int sick_hang(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct task_struct *task = kthread_run(sick_wait, NULL, "sick%c%c", 'a' + i / 26,
						       'a' + i % 26);

		if (IS_ERR(task))
			return PTR_ERR(task);
	}
	return 0;
}

static unsigned long sick_work_end;

/* This does not sleep, so the kernel lets no other worker of the processor run works. */
static noinline void sick_occupy(struct work_struct *work)
{
	while (time_before(jiffies, READ_ONCE(sick_work_end)))
		cond_resched();
}

static void sick_behind(struct work_struct *work)
{
	pr_info("sick: the other work runs\n");
}

static DECLARE_WORK(sick_occupy_work, sick_occupy);
static DECLARE_WORK(sick_behind_work, sick_behind);

static int sick_flush(void *unused)
{
	flush_work(&sick_occupy_work);
	return 0;
}

static int sick_work(unsigned int seconds)
{
	unsigned int cpu = cpumask_first(cpu_online_mask);
	struct task_struct *task;

	WRITE_ONCE(sick_work_end, jiffies + seconds * HZ);
	queue_work_on(cpu, system_wq, &sick_occupy_work);
	msleep(100);
	queue_work_on(cpu, system_wq, &sick_behind_work);
	task = kthread_run(sick_flush, NULL, "sickflush");
	if (IS_ERR(task))
		return PTR_ERR(task);
	msleep(3000);
	if (!IS_ENABLED(CONFIG_WQ_WATCHDOG) && work_pending(&sick_behind_work))
		pr_emerg("BUG: workqueue lockup - pool cpus=%u node=0 flags=0x0 nice=0 stuck for 3s!\n",
			 cpu);
	return 0;
}

static ssize_t sick_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	unsigned int number = 0;
	char text[32], word[16];
	int ret = 0;

	if (count >= sizeof(text) || copy_from_user(text, buf, count))
		return -EFAULT;
	text[count] = '\0';
	if (sscanf(text, "%15s %u", word, &number) < 1)
		return -EINVAL;
	if (!strcmp(word, "spin"))
		sick_spin(number);
	else if (!strcmp(word, "deaf"))
		ret = sick_deaf(number);
	else if (!strcmp(word, "hear"))
		WRITE_ONCE(sick_hear, true);
	else if (!strcmp(word, "oops"))
		WRITE_ONCE(*(int *)NULL, 1);
	else if (!strcmp(word, "warn"))
		WARN_ON(1);
	else if (!strcmp(word, "print"))
		sick_print(number);
	else if (!strcmp(word, "hang"))
		ret = sick_hang(number);
	else if (!strcmp(word, "work"))
		ret = sick_work(number);
	else
		ret = -EINVAL;
	return ret ? ret : count;
}

static const struct proc_ops sick_proc_ops = {
	.proc_write	= sick_write,
};

static int __init sick_init(void)
{
	return proc_create("sick", 0600, NULL, &sick_proc_ops) ? 0 : -ENOMEM;
}

/* Threads that wait for ever have no way out: the module stays. */
module_init(sick_init);
MODULE_DESCRIPTION("Makes the kernel complain");
MODULE_LICENSE("Dual BSD/GPL");
