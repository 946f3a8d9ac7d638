/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * threads.h - the default number of threads, and how to start one.
 */
#ifndef LIVEDUMP_THREADS_H
#define LIVEDUMP_THREADS_H

#include <pthread.h>
#include <stdbool.h>

/* The number of CPUs that this process may run on: not those that are isolated. */
unsigned int threads_cpus(void);

/* One thread for each of these CPUs, at most 16. */
unsigned int threads_default(void);

/*
 * Call this before the first thread starts. If the address space is limited, or
 * overcommit is strict, threads share one heap: each heap of its own would take 64 MiB
 * of address space, and where these are not to be had malloc() maps a page for each
 * piece. With strict overcommit 1/32 of the address space is not to be had.
 */
void threads_save_space(void);

/*
 * Start a thread with a stack of 1 MiB: the default of 8 MiB counts as a whole
 * where address space is limited. Returns 0 or a negative errno.
 */
int threads_start(pthread_t *thread, void *(*fn)(void *arg), void *arg);

#endif
