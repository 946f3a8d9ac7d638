// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * crew.c - the threads of a dump.
 *
 * The caller's task may look at the threads at any time, also while they end:
 * their task structures stay until livedump_crew_free().
 */
#include <linux/cpumask.h>
#include <linux/ioprio.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/signal.h>

#include "crew.h"
#include "died.h"
#include "hotplug.h"
#include "module/compat/compat.h"
#include "port/port.h"

/* How often who waits for a thread looks whether it has crashed. */
#define LOOK	msecs_to_jiffies(100)

void livedump_crew_init(struct livedump_crew *crew)
{
	livedump_caller_get(&crew->caller);
	for (unsigned int i = 0; i < LIVEDUMP_THREADS_MAX; i++) {
		struct livedump_thread *t = &crew->thread[i];

		t->crew = crew;
		t->number = i;
		init_waitqueue_head(&t->wait);
	}
}

void livedump_crew_free(struct livedump_crew *crew)
{
	for (unsigned int i = 0; i < LIVEDUMP_THREADS_MAX; i++)
		if (crew->thread[i].task)
			put_task_struct(crew->thread[i].task);
	livedump_caller_put(&crew->caller);
}

/* After a boost the thread returns to @nice. */
static void crew_set_priority(struct task_struct *task, int nice, int ioprio)
{
	set_user_nice(task, nice);
#ifdef CONFIG_BLOCK
	set_task_ioprio(task, ioprio);
#endif
}

/* The caller's credentials may not allow what comes before they are taken. */
int livedump_thread_enter(struct livedump_thread *t)
{
	const struct livedump_caller *caller = &t->crew->caller;
	int err;

	/* First: livedump_crew_kill() sends it once, and what comes now may wait. */
	allow_kernel_signal(SIGKILL);
	err = livedump_cgroup_enter(&caller->cgroup);
	crew_set_priority(current, caller->nice, caller->ioprio);
	t->old_cred = livedump_rights_take(caller->cred);
	return err;
}

void livedump_thread_leave(struct livedump_thread *t)
{
	if (!t->old_cred)
		return;
	livedump_rights_return(t->old_cred, t->crew->caller.cred);
	livedump_cgroup_leave();
}

static int crew_thread(void *data)
{
	struct livedump_thread *t = data;

	return t->main(t);
}

struct livedump_crew *livedump_crew_current(void)
{
	struct livedump_thread *t;

	if (kthread_func(current) != crew_thread)
		return NULL;
	t = kthread_data(current);
	return t->crew;
}

/*
 * A thread that the scheduler puts on a processor that is locked up would wait there. One
 * at real-time priority is not even fetched by others. Without memory it takes its chance.
 */
static void crew_keep_away(struct task_struct *task, const struct cpumask *avoid)
{
	cpumask_var_t mask;

	if (cpumask_empty(avoid) || !alloc_cpumask_var(&mask, LIVEDUMP_GFP))
		return;
	if (cpumask_andnot(mask, task->cpus_ptr, avoid))
		set_cpus_allowed_ptr(task, mask);
	free_cpumask_var(mask);
}

void livedump_crew_avoid(struct livedump_crew *crew)
{
	crew_keep_away(current, &crew->avoid);
}

static int crew_create(struct livedump_thread *t, int (*main)(struct livedump_thread *t))
{
	struct task_struct *task;

	t->main = main;
	task = kthread_create(crew_thread, t, "livedump/%u", t->number);
	if (IS_ERR(task))
		return PTR_ERR(task);
	crew_keep_away(task, &t->crew->avoid);
	/* Pairs with crew_task(): others see either no task or one that stays. */
	smp_store_release(&t->task, get_task_struct(task));
	return 0;
}

int livedump_crew_start(struct livedump_crew *crew, int (*main)(struct livedump_thread *t))
{
	int err = crew_create(&crew->thread[0], main);

	/* fork() returns -EAGAIN for what it lacks. For the caller, that is memory. */
	if (err)
		return err == -EAGAIN ? -ENOMEM : err;
	__module_get(THIS_MODULE);
	wake_up_process(crew->thread[0].task);
	return 0;
}

static int crew_work(struct livedump_thread *t)
{
	int (*fn)(void *arg, unsigned int worker);
	int err;

	/* Some kernels give a thread other processors when it begins. */
	crew_keep_away(current, &t->crew->avoid);
	err = livedump_thread_enter(t);
	for (;;) {
		wait_event_idle(t->wait, READ_ONCE(t->fn) || kthread_should_stop());
		/* Pairs with port_run(): t->arg is valid when t->fn is set. */
		fn = smp_load_acquire(&t->fn);
		if (!fn)
			break;
		WRITE_ONCE(t->fn, NULL);
		t->result = err ?: fn(t->arg, t->number - 1);
		/* Pairs with crew_await(). */
		smp_store_release(&t->busy, false);
		wake_up(&t->wait);
	}
	livedump_thread_leave(t);
	return 0;
}

/* If a thread cannot be created, the others do its work. */
void livedump_crew_hire(struct livedump_crew *crew, unsigned int workers)
{
	for (unsigned int i = 1; i <= workers; i++)
		if (!crew_create(&crew->thread[i], crew_work))
			wake_up_process(crew->thread[i].task);
}

/* A thread that has crashed may never finish its exit. */
void livedump_crew_dismiss(struct livedump_crew *crew)
{
	for (unsigned int i = 1; i < LIVEDUMP_THREADS_MAX; i++) {
		struct task_struct *task = crew->thread[i].task;

		if (task && !livedump_task_died(task))
			kthread_stop(task);
	}
}

bool livedump_crew_lost(const struct livedump_crew *crew)
{
	return livedump_task_died(crew->thread[0].task);
}

/*
 * Wait until @t has finished its work. Returns the result, or -EIO if it has
 * crashed. What a crashed thread held, those may wait for that still work. Such a wait is
 * idle: it is none that a dump should tell of.
 */
static int crew_await(struct livedump_thread *t)
{
	/* Pairs with crew_work(). */
	while (!wait_event_idle_timeout(t->wait, !smp_load_acquire(&t->busy), LOOK)) {
		livedump_hold_reap();
		if (livedump_task_died(t->task))
			return -EIO;
	}
	return t->result;
}

/*
 * What @arg points to is on the stack of thread 0, and a thread that crashes loses
 * its stack. So thread 0 leaves the work to the others, if there is one.
 */
int port_run(unsigned int workers, int (*fn)(void *arg, unsigned int worker), void *arg)
{
	struct livedump_thread *thread = livedump_crew_current()->thread;
	int err = 0;

	for (unsigned int i = 1; i <= workers; i++) {
		struct livedump_thread *t = &thread[i];

		if (!t->task)
			continue;
		t->busy = true;
		t->arg = arg;
		/* Pairs with crew_work(). */
		smp_store_release(&t->fn, fn);
		wake_up(&t->wait);
	}
	if (!thread[1].task)
		err = fn(arg, 0);
	for (unsigned int i = 1; i <= workers; i++) {
		int result = thread[i].task ? crew_await(&thread[i]) : 0;

		if (!err)
			err = result;
	}
	return err;
}

/* NULL if the thread does not exist yet. */
static struct task_struct *crew_task(struct livedump_crew *crew, unsigned int i)
{
	/* Pairs with crew_create(). */
	return smp_load_acquire(&crew->thread[i].task);
}

void livedump_crew_hurry(struct livedump_crew *crew)
{
	for (unsigned int i = 0; i < LIVEDUMP_THREADS_MAX; i++) {
		struct task_struct *task = crew_task(crew, i);

		if (task)
			crew_set_priority(task, 0, IOPRIO_DEFAULT);
	}
}

void livedump_crew_kill(struct livedump_crew *crew)
{
	for (unsigned int i = 0; i < LIVEDUMP_THREADS_MAX; i++) {
		struct task_struct *task = crew_task(crew, i);

		if (task)
			send_sig(SIGKILL, task, 1);
	}
}
