// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * threads.c - the default number of threads, and how to start one.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>

#include "overcommit.h"
#include "threads.h"

#define THREADS_DEFAULT	16
#define CPUS_MAX	8192
#define STACK_BYTES	((size_t)1 << 20)
#define MMAP_BYTES	(128 << 10)	/* the C library's own at first */

unsigned int threads_cpus(void)
{
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *set = CPU_ALLOC(CPUS_MAX);
	int nr = 1;

	if (set && !sched_getaffinity(0, size, set))
		nr = CPU_COUNT_S(size, set);
	CPU_FREE(set);
	return (unsigned int)nr;
}

unsigned int threads_default(void)
{
	unsigned int nr = threads_cpus();

	return nr > THREADS_DEFAULT ? THREADS_DEFAULT : nr;
}

void threads_save_space(void)
{
#ifdef M_ARENA_MAX	/* glibc has it */
	struct rlimit limit;

	if (overcommit_is_strict() ||
	    (!getrlimit(RLIMIT_AS, &limit) && limit.rlim_cur != RLIM_INFINITY)) {
		mallopt(M_ARENA_MAX, 1);
		/* Else it grows to that of the largest block, and the heap keeps as much. */
		mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
	}
#endif
}

int threads_start(pthread_t *thread, void *(*fn)(void *arg), void *arg)
{
	pthread_attr_t attr;
	int ret = pthread_attr_init(&attr);

	if (ret)
		return -ret;
	ret = pthread_attr_setstacksize(&attr, STACK_BYTES);
	if (!ret)
		ret = pthread_create(thread, &attr, fn, arg);
	pthread_attr_destroy(&attr);
	return -ret;
}
