// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * answer.c - whether the system does what a dump would wait for.
 *
 * A thread does it first. If it does not come back, it stays where it is, with its
 * reference to the module, until the system goes on, and no other one asks the same
 * before that.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "answer.h"
#include "module/compat/compat.h"
#include "module/limits/cgroup.h"

/* Shorter than what the kernel calls a lockup; in virtual machines processors may pause. */
#define ANSWER_WAIT	(3 * HZ)

struct answer;

struct answer_question {
	void (*ask)(struct answer *a);
	bool fifo;			/* at real-time priority from its first instruction on */
	atomic_long_t since;		/* when a thread began that has not come back; 0: none */
};

/* The caller and the thread each have a reference. */
struct answer {
	refcount_t refs;
	struct completion done;
	struct answer_question *question;
	struct task_struct *owner;	/* of control groups; referenced, or NULL */
};

/* Where the thread is that goes from one processor to the next. */
static atomic_t answer_cpu;

static void answer_visit(struct answer *a)
{
	unsigned int cpu;

	/* One that has gone offline meanwhile is refused. */
	for_each_online_cpu(cpu) {
		atomic_set(&answer_cpu, cpu);
		set_cpus_allowed_ptr(current, cpumask_of(cpu));
	}
}

/*
 * Who enters a group waits for RCU with the lock of all groups: where RCU hangs, nobody
 * could make a group any more, or start a service. So RCU comes first, without a lock.
 */
static void answer_enter(struct answer *a)
{
	synchronize_rcu();
	livedump_cgroup_attach(a->owner);
}

static struct answer_question answer_processors = { answer_visit, .fifo = true };
static struct answer_question answer_groups = { answer_enter };

static void answer_put(struct answer *a)
{
	if (!refcount_dec_and_test(&a->refs))
		return;
	if (a->owner)
		put_task_struct(a->owner);
	kfree(a);
}

static int answer_thread(void *data)
{
	struct answer *a = data;

	a->question->ask(a);
	atomic_long_set(&a->question->since, 0);
	complete(&a->done);
	answer_put(a);
	module_put_and_kthread_exit(0);
	return 0;
}

static int answer_start(struct answer *a)
{
	struct task_struct *task = kthread_create(answer_thread, a, "livedump/answer");

	/* As for the other threads of a dump, see crew.c. */
	if (IS_ERR(task))
		return PTR_ERR(task) == -EAGAIN ? -ENOMEM : PTR_ERR(task);
	__module_get(THIS_MODULE);
	refcount_inc(&a->refs);
	if (a->question->fifo)
		sched_set_fifo(task);
	wake_up_process(task);
	return 0;
}

/*
 * Whether nobody else asks the same. The caller of a dump that was given up may have asked
 * a moment ago, so that the answer is still to come.
 */
static bool answer_begin(struct answer_question *question)
{
	long since;

	for (;;) {
		since = atomic_long_cmpxchg(&question->since, 0, jiffies | 1);
		if (!since)
			return true;
		if (time_after(jiffies, (unsigned long)since + ANSWER_WAIT))
			return false;
		schedule_timeout_idle(HZ / 50);
	}
}

static int answer_ask(struct answer_question *question, struct task_struct *owner)
{
	struct answer *a;
	int err;

	if (!answer_begin(question))
		return -EDEADLK;
	a = kzalloc(sizeof(*a), LIVEDUMP_GFP);
	if (!a) {
		atomic_long_set(&question->since, 0);
		return -ENOMEM;
	}
	refcount_set(&a->refs, 1);
	init_completion(&a->done);
	a->question = question;
	a->owner = owner ? get_task_struct(owner) : NULL;
	err = answer_start(a);
	if (err)
		atomic_long_set(&question->since, 0);
	else if (!wait_for_completion_timeout(&a->done, ANSWER_WAIT))
		err = -EDEADLK;
	answer_put(a);
	return err;
}

int livedump_answer_processors(unsigned int *cpu)
{
	int err = answer_ask(&answer_processors, NULL);

	*cpu = atomic_read(&answer_cpu);
	return err;
}

int livedump_answer_groups(const struct livedump_cgroup *c)
{
	return answer_ask(&answer_groups, c->owner);
}
