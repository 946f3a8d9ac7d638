/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * threads.h - how many threads a dump has by default, and how many are boosted.
 */
#ifndef LIVEDUMP_THREADS_H
#define LIVEDUMP_THREADS_H

#include <sched.h>
#include <stddef.h>

/* One thread for each CPU that this process may run on, at most 16. */
unsigned int threads_default(void);

/*
 * The most threads that may have real-time priority at a time: half of the CPUs
 * that this process may run on and that are not isolated, at least one. Reads
 * files of /sys.
 */
unsigned int threads_boosted(void);

/*
 * The same for the CPUs of @set, which has @size bytes. @lists are texts such as
 * "2-3,8", with NULL after the last: the CPUs that are isolated. They are removed
 * from @set.
 */
unsigned int threads_half(cpu_set_t *set, size_t size, const char *const *lists);

#endif
