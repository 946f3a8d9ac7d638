/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * died.h - threads of a dump that have crashed.
 */
#ifndef LIVEDUMP_DIED_H
#define LIVEDUMP_DIED_H

#include <linux/sched.h>

/*
 * Whether @task, of which the caller holds a reference, has begun to exit. A
 * thread of a dump exits only when nobody waits for it any more. So if somebody
 * does, it has crashed: the kernel has ended it for a fault (an oops). It wakes
 * nobody, and runs no code of this module again. So whoever waits for a thread
 * of a dump looks here now and then.
 */
static inline bool livedump_task_died(const struct task_struct *task)
{
	return READ_ONCE(task->flags) & PF_EXITING || READ_ONCE(task->exit_state);
}

#define LIVEDUMP_DIED	"a thread of the dump has crashed: see the kernel log"

#endif
