/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * port_kernel.h - the threads and the memory of a dump.
 */
#ifndef LIVEDUMP_MODULE_PORT_H
#define LIVEDUMP_MODULE_PORT_H

#include <linux/cred.h>
#include <linux/mm_types.h>
#include <linux/sched.h>

/* The most bytes that were allocated at any one time since the last call. */
u64 livedump_memory_peak(void);

/*
 * Whether the page frame belongs to a large buffer of a dump. Such a buffer
 * holds an unfinished copy of memory that is in the dump already.
 */
bool livedump_is_own(const struct page *page);

/* The most threads of a dump. More threads do not write one file faster. */
#define LIVEDUMP_WORKERS_MAX	4U

/*
 * Start and stop all threads of a dump except the one that runs ld_dump().
 * They use @cred, which quotas and some file systems depend on.
 */
void livedump_workers_start(unsigned int workers, const struct cred *cred, int nice,
			    int ioprio);
void livedump_workers_stop(unsigned int workers);

/* The dump is cancelled: run the threads at normal priority, so that they end soon. */
void livedump_workers_reset_priority(unsigned int workers);

/*
 * Set the priority of @task, a thread of a dump, to @nice and @ioprio. After a
 * boost it returns to @nice. A thread that calls this for itself does so before
 * override_creds(): the caller's credentials may not allow it.
 */
void livedump_set_priority(struct task_struct *task, int nice, int ioprio);

/*
 * The lowest nice value of a dump's threads. With a higher one a dump would
 * take very long on a busy machine, and the longer a live dump takes, the less
 * consistent it is.
 */
#define LIVEDUMP_NICE	5

#endif
