/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * crew.h - the threads of a dump, and the memory that they have allocated.
 *
 * Thread 0 takes the dump, and the others do the work. It creates them before the
 * dump begins and stops them after it has ended: a change to the kernel's lists of
 * tasks during the dump would make these lists inconsistent in it.
 */
#ifndef LIVEDUMP_CREW_H
#define LIVEDUMP_CREW_H

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "module/limits/caller.h"
#include "module/limits/workers.h"

/* The most threads of a dump. */
#define LIVEDUMP_THREADS_MAX	(1 + LIVEDUMP_WORKERS_MAX)

struct livedump_thread {
	struct livedump_crew *crew;
	/* A reference is held until livedump_crew_free(). NULL: it could not be created. */
	struct task_struct *task;
	int (*main)(struct livedump_thread *thread);
	const struct cred *old_cred;
	unsigned int number;		/* worker N of the core is thread N + 1 */
	int (*fn)(void *arg, unsigned int worker);	/* NULL: nothing to do */
	void *arg;
	int result;
	bool busy;			/* result is not there yet */
	wait_queue_head_t wait;		/* for work, or by thread 0 for its end */
};

struct livedump_crew {
	struct livedump_caller caller;
	struct livedump_thread thread[LIVEDUMP_THREADS_MAX];
	atomic64_t memory_now;		/* bytes that port_alloc() has handed out */
	atomic64_t memory_peak;
	struct cpumask avoid;		/* processors that do not answer */
};

/* The current task is the caller. */
void livedump_crew_init(struct livedump_crew *crew);
void livedump_crew_free(struct livedump_crew *crew);

/*
 * Create thread 0, which runs @main. It holds the module, so it ends with
 * module_put_and_kthread_exit(). Returns 0 or a negative errno.
 */
int livedump_crew_start(struct livedump_crew *crew, int (*main)(struct livedump_thread *thread));

/*
 * Thread 0 calls this before livedump_thread_enter(), with @crew->avoid set: the threads must
 * not come to wait for these processors, nor for what waits for them.
 */
void livedump_crew_avoid(struct livedump_crew *crew);

/* Thread 0 creates and stops threads 1 .. @workers, which work for port_run(). */
void livedump_crew_hire(struct livedump_crew *crew, unsigned int workers);
void livedump_crew_dismiss(struct livedump_crew *crew);

/* Whether thread 0 has begun to exit: if the dump has not ended, it has crashed. */
bool livedump_crew_lost(const struct livedump_crew *crew);

/*
 * Each thread calls the first before it does anything for the dump, and the
 * second before it ends. If the first returns a negative errno, or is not called, the
 * thread does nothing for the dump.
 */
int livedump_thread_enter(struct livedump_thread *thread);
void livedump_thread_leave(struct livedump_thread *thread);

/* The crew of the current thread, or NULL if it belongs to none. */
struct livedump_crew *livedump_crew_current(void);

/* The dump is cancelled: run the threads at normal priority, so that they end soon. */
void livedump_crew_hurry(struct livedump_crew *crew);

/*
 * End the waits of the threads that a fatal signal can end, for example for a
 * server that does not answer.
 */
void livedump_crew_kill(struct livedump_crew *crew);

#endif
