// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * wait.c - how the task that asked for a dump waits, and which signals count.
 *
 * The kernel makes signal_pending() true for much that is no signal: the task is
 * to stop, to enter a frozen cgroup, to be patched, or io_uring has work for it.
 * All of this happens when the task returns to user space, after the dump. An
 * interruptible sleep would end at once until then, and the task would use up a
 * processor. So it sleeps killable, and looks for real signals now and then.
 *
 * One queue is enough: few wait, and seldom. Whoever wakes it needs nothing of
 * the dump, which the woken may free.
 */
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "module/compat/compat.h"
#include "wait.h"

/* How often a task with signal_pending() looks for a real signal. */
#define LOOK	msecs_to_jiffies(20)

static DECLARE_WAIT_QUEUE_HEAD(wait_queue);

enum livedump_call livedump_call(void)
{
	sigset_t pending, harmless;

	if (!signal_pending(current))
		return LIVEDUMP_CALL_NONE;
	if (fatal_signal_pending(current))
		return LIVEDUMP_CALL_KILL;
	siginitset(&harmless, SIG_KERNEL_STOP_MASK | SIG_KERNEL_IGNORE_MASK);
	spin_lock_irq(&current->sighand->siglock);
	sigorsets(&pending, &current->pending.signal, &current->signal->shared_pending.signal);
	sigandnsets(&pending, &pending, &current->blocked);
	spin_unlock_irq(&current->sighand->siglock);
	sigandnsets(&pending, &pending, &harmless);
	return sigisemptyset(&pending) ? LIVEDUMP_CALL_NONE : LIVEDUMP_CALL_END;
}

static unsigned int wait_state(enum livedump_call heeded)
{
	if (heeded == LIVEDUMP_CALL_KILL)
		return TASK_UNINTERRUPTIBLE;
	/* The freezers need not wait for this task: it holds no lock. */
	if (heeded == LIVEDUMP_CALL_END || signal_pending(current))
		return TASK_KILLABLE | LIVEDUMP_TASK_FREEZABLE;
	return TASK_INTERRUPTIBLE | LIVEDUMP_TASK_FREEZABLE;
}

bool livedump_wait(bool (*done)(void *arg), void *arg, enum livedump_call heeded, long timeout)
{
	DEFINE_WAIT(entry);
	bool is_done;

	for (;;) {
		long slice;

		prepare_to_wait(&wait_queue, &entry, wait_state(heeded));
		is_done = done(arg);
		if (is_done || timeout <= 0 || livedump_call() > heeded)
			break;
		slice = signal_pending(current) ? min_t(long, timeout, LOOK) : timeout;
		timeout -= slice - schedule_timeout(slice);
		if (heeded != LIVEDUMP_CALL_KILL)
			livedump_try_to_freeze();
	}
	finish_wait(&wait_queue, &entry);
	return is_done;
}

void livedump_wait_deaf(bool (*done)(void *arg), void *arg, long timeout)
{
	wait_event_timeout(wait_queue, done(arg), timeout);
}

void livedump_wait_wake(void)
{
	wake_up_all(&wait_queue);
}
