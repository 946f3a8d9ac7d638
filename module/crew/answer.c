// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * answer.c - whether all processors do what they are told.
 *
 * A thread goes from one processor to the next. On one that is locked up it does not get
 * to run. Then it stays there, with its reference to the module, until the processor
 * runs threads again, and there is no other one before that.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "answer.h"
#include "module/compat/compat.h"
#include "module/limits/cgroup.h"

/* Shorter than what the kernel calls a lockup; in virtual machines processors may pause. */
#define ANSWER_WAIT	(3 * HZ)

/* The caller and the thread each have a reference. */
struct answer {
	refcount_t refs;
	struct completion done;
};

/* A thread that has not come back yet. */
static atomic_t answer_missing = ATOMIC_INIT(0);

static void answer_put(struct answer *a)
{
	if (refcount_dec_and_test(&a->refs))
		kfree(a);
}

static int answer_thread(void *data)
{
	struct answer *a = data;
	unsigned int cpu;

	/* One that has gone offline meanwhile is refused. */
	for_each_online_cpu(cpu)
		set_cpus_allowed_ptr(current, cpumask_of(cpu));
	atomic_set(&answer_missing, 0);
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
	sched_set_fifo(task);
	wake_up_process(task);
	return 0;
}

int livedump_answer(void)
{
	struct answer *a;
	int err;

	if (atomic_cmpxchg(&answer_missing, 0, 1))
		return -EDEADLK;
	a = kzalloc(sizeof(*a), LIVEDUMP_GFP);
	if (!a) {
		atomic_set(&answer_missing, 0);
		return -ENOMEM;
	}
	refcount_set(&a->refs, 1);
	init_completion(&a->done);
	err = answer_start(a);
	if (err)
		atomic_set(&answer_missing, 0);
	else if (!wait_for_completion_timeout(&a->done, ANSWER_WAIT))
		err = -EDEADLK;
	answer_put(a);
	return err;
}
