/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * port_kernel.h - the threads and the memory of a dump.
 */
#ifndef LIVEDUMP_MODULE_PORT_H
#define LIVEDUMP_MODULE_PORT_H

#include <linux/cred.h>
#include <linux/mm_types.h>
#include <linux/sched.h>

/* Most bytes allocated with port_alloc() since the last call. */
u64 livedump_memory_peak(void);

/*
 * Whether the page frame is a large buffer of a dump. What is in it is a copy,
 * half made, of what is dumped anyway.
 */
bool livedump_is_own(const struct page *page);

/* Most threads of a dump. One file is not written faster by more of them. */
#define LIVEDUMP_WORKERS_MAX	4U

/*
 * Start all threads of a dump but the one that runs ld_dump(), and stop them.
 * They act with @cred, for quotas and for file systems that ask.
 */
void livedump_workers_start(unsigned int workers, const struct cred *cred, int nice,
			    int ioprio);
void livedump_workers_stop(unsigned int workers);

/* The dump is cancelled: the threads run at normal priority to end soon. */
void livedump_workers_unthrottle(unsigned int workers);

/*
 * Have @task, a thread of a dump, run with @nice and @ioprio, and return to
 * @nice after a boost. The thread must not have taken on its credentials yet.
 */
void livedump_set_priority(struct task_struct *task, int nice, int ioprio);

/*
 * The nice value of a dump whose caller has a lower one. A higher one would
 * have it take very long on a busy machine, and the longer a live dump takes,
 * the less consistent it is.
 */
#define LIVEDUMP_NICE	5

#endif
