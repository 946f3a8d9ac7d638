// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * answer.c - whether the system does what a dump would wait for.
 *
 * Threads do it first. One that does not come back stays where it is, with its reference to
 * the module, until the system goes on, and no other one does the same before that.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <uapi/linux/sched/types.h>

#include "answer.h"
#include "module/compat/compat.h"
#include "module/limits/cgroup.h"
#include "port/port.h"

/* Shorter than what the kernel calls a lockup; in virtual machines processors may pause. */
#define ANSWER_WAIT	(3 * HZ)

/* For so long it is believed that all processors answer. To ask takes threads. */
#define ANSWER_AGE_NS	(3 * NSEC_PER_SEC)

/* Processors whose thread has not come back, and since when it is to run there. */
static struct cpumask answer_away;
static DEFINE_PER_CPU(unsigned long, answer_since);
static DECLARE_WAIT_QUEUE_HEAD(answer_back);

/* When all processors had answered last, by port_now_ns(). */
static atomic64_t answer_all_ns;

/* When a thread began to enter a group that has not come back; 0: none. */
static atomic_long_t answer_groups_since;

/* A thread that enters a group. It and who asks have a reference each. */
struct answer {
	refcount_t refs;
	struct completion done;
	struct task_struct *owner;	/* of control groups; referenced, or NULL */
};

/* On the processor that @data says, or anywhere if that one has gone offline. */
static int answer_visit(void *data)
{
	cpumask_clear_cpu((unsigned long)data, &answer_away);
	wake_up(&answer_back);
	module_put_and_kthread_exit(0);
	return 0;
}

/* As for the other threads of a dump, see crew.c. */
static int answer_error(const struct task_struct *task)
{
	return PTR_ERR(task) == -EAGAIN ? -ENOMEM : PTR_ERR(task);
}

/*
 * A thread of a dump that is killed has page tables to restore, for which it asks, too:
 * kthread_create() would refuse to. *@killed: it has lost its signal for that.
 */
static struct task_struct *answer_create(unsigned int cpu, bool *killed)
{
	struct task_struct *task;

	for (;;) {
		task = kthread_create(answer_visit, (void *)(unsigned long)cpu, "livedump/at%u",
				      cpu);
		if (task != ERR_PTR(-EINTR) || !(current->flags & PF_KTHREAD))
			return task;
		flush_signals(current);
		*killed = true;
	}
}

/*
 * Give @task the highest real-time priority: a program that keeps a processor to itself at a
 * lower one does not stand in the way of stop_machine(). Linux 5.10 does not export the
 * function; all that a module may ask for there is the middle.
 */
static void answer_raise(struct task_struct *task)
{
	static const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_FIFO,
		.sched_priority = MAX_RT_PRIO - 1,
	};
	int (*set)(struct task_struct *task, const struct sched_attr *attr);

	set = symbol_get(sched_setattr_nocheck);
	if (!set) {
		sched_set_fifo(task);
		return;
	}
	/* This fails for no thread that is neither a deadline task nor in a group. */
	WARN_ON_ONCE(set(task, &attr));
	symbol_put(sched_setattr_nocheck);
}

/* The thread has its priority from its first instruction on. */
static int answer_send(unsigned int cpu, bool *killed)
{
	struct task_struct *task;

	if (cpumask_test_cpu(cpu, &answer_away))
		return 0;
	/* Before others see that there is one. */
	per_cpu(answer_since, cpu) = jiffies;
	if (cpumask_test_and_set_cpu(cpu, &answer_away))
		return 0;
	task = answer_create(cpu, killed);
	if (IS_ERR(task)) {
		cpumask_clear_cpu(cpu, &answer_away);
		return answer_error(task);
	}
	__module_get(THIS_MODULE);
	kthread_bind(task, cpu);
	answer_raise(task);
	wake_up_process(task);
	return 0;
}

/*
 * Whether all are back that may still come. Some may have been sent earlier, even a moment
 * ago, by the caller of a dump that was given up.
 */
static bool answer_is_known(void)
{
	unsigned int cpu;

	for_each_cpu(cpu, &answer_away)
		if (!time_after(jiffies, per_cpu(answer_since, cpu) + ANSWER_WAIT))
			return false;
	return true;
}

static int answer_send_all(void)
{
	bool killed = false;
	unsigned int cpu;
	int err = 0;

	for_each_online_cpu(cpu) {
		err = answer_send(cpu, &killed);
		if (err)
			break;
	}
	if (killed)
		send_sig(SIGKILL, current, 1);
	return err;
}

/*
 * All at once. Their age counts from when the last one is asked: to create a thread for each of
 * a thousand processors may take longer than answers are good for, and each dump would ask anew
 * for ever.
 */
int livedump_answer_processors(struct cpumask *silent)
{
	int err = answer_send_all();
	u64 begun = port_now_ns();

	if (err)
		return err;
	wait_event_idle_timeout(answer_back, answer_is_known(), ANSWER_WAIT + 1);
	if (cpumask_empty(&answer_away)) {
		atomic64_set(&answer_all_ns, (s64)begun);
		return 0;
	}
	if (silent)
		cpumask_copy(silent, &answer_away);
	return -EDEADLK;
}

int livedump_answer_still(void)
{
	if (port_now_ns() - (u64)atomic64_read(&answer_all_ns) <= ANSWER_AGE_NS)
		return 0;
	return livedump_answer_processors(NULL);
}

static void answer_put(struct answer *a)
{
	if (!refcount_dec_and_test(&a->refs))
		return;
	if (a->owner)
		put_task_struct(a->owner);
	kfree(a);
}

/*
 * Who enters a group waits for RCU with the lock of all groups: where RCU hangs, nobody
 * could make a group any more, or start a service. So RCU comes first, without a lock.
 */
static int answer_enter(void *data)
{
	struct answer *a = data;

	synchronize_rcu();
	livedump_cgroup_attach(a->owner);
	atomic_long_set(&answer_groups_since, 0);
	complete(&a->done);
	answer_put(a);
	module_put_and_kthread_exit(0);
	return 0;
}

/*
 * Whether nobody else asks the same. The caller of a dump that was given up may have asked
 * a moment ago, so that the answer is still to come.
 */
static bool answer_begin_groups(void)
{
	long since;

	for (;;) {
		since = atomic_long_cmpxchg(&answer_groups_since, 0, jiffies | 1);
		if (!since)
			return true;
		if (time_after(jiffies, (unsigned long)since + ANSWER_WAIT))
			return false;
		schedule_timeout_idle(HZ / 50);
	}
}

static int answer_start(struct answer *a)
{
	struct task_struct *task = kthread_create(answer_enter, a, "livedump/answer");

	if (IS_ERR(task))
		return answer_error(task);
	__module_get(THIS_MODULE);
	refcount_inc(&a->refs);
	wake_up_process(task);
	return 0;
}

int livedump_answer_groups(const struct livedump_cgroup *c)
{
	struct answer *a;
	int err = -ENOMEM;

	if (!answer_begin_groups())
		return -EDEADLK;
	a = kzalloc(sizeof(*a), LIVEDUMP_GFP);
	if (a) {
		refcount_set(&a->refs, 1);
		init_completion(&a->done);
		a->owner = c->owner ? get_task_struct(c->owner) : NULL;
		err = answer_start(a);
	}
	if (err)
		atomic_long_set(&answer_groups_since, 0);
	else if (!wait_for_completion_timeout(&a->done, ANSWER_WAIT))
		err = -EDEADLK;
	if (a)
		answer_put(a);
	return err;
}
