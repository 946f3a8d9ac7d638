// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * threads.c - the default number of threads.
 */
#define _GNU_SOURCE
#include <sched.h>

#include "threads.h"

#define THREADS_DEFAULT	16
#define CPUS_MAX	8192

unsigned int threads_default(void)
{
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *set = CPU_ALLOC(CPUS_MAX);
	int nr = 1;

	if (set && !sched_getaffinity(0, size, set))
		nr = CPU_COUNT_S(size, set);
	CPU_FREE(set);
	return nr > THREADS_DEFAULT ? THREADS_DEFAULT : (unsigned int)nr;
}
