// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * threads.c - how many threads a dump has by default, and how many are boosted.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "threads.h"

#define THREADS_DEFAULT	16
#define CPUS_MAX	8192

/* The CPUs that this process may run on. NULL: unknown. */
static cpu_set_t *threads_allowed(size_t size)
{
	cpu_set_t *set = CPU_ALLOC(CPUS_MAX);

	if (set && !sched_getaffinity(0, size, set))
		return set;
	if (set)
		CPU_FREE(set);
	return NULL;
}

unsigned int threads_default(void)
{
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *set = threads_allowed(size);
	int nr = 1;

	if (set) {
		nr = CPU_COUNT_S(size, set);
		CPU_FREE(set);
	}
	return nr > THREADS_DEFAULT ? THREADS_DEFAULT : (unsigned int)nr;
}

/* Remove the CPUs of @list from @set. A text that is not a list ends it: "(null)". */
static void threads_remove(cpu_set_t *set, size_t size, const char *list)
{
	for (;;) {
		unsigned long cpu, last;
		char *end;

		if (*list < '0' || *list > '9')
			return;
		cpu = strtoul(list, &end, 10);
		last = cpu;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; cpu <= last && cpu < CPUS_MAX; cpu++)
			CPU_CLR_S(cpu, size, set);
		if (*end != ',')
			return;
		list = end + 1;
	}
}

unsigned int threads_half(cpu_set_t *set, size_t size, const char *const *lists)
{
	int half;

	for (; *lists; lists++)
		threads_remove(set, size, *lists);
	half = CPU_COUNT_S(size, set) / 2;
	return half > 1 ? (unsigned int)half : 1;
}

/* @text is "" if the file cannot be read. It is one line. */
static void threads_read_list(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

unsigned int threads_boosted(void)
{
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *set = threads_allowed(size);
	char isolated[4096], nohz[4096];
	const char *const lists[] = { isolated, nohz, NULL };
	unsigned int boosted = 1;

	if (!set)
		return boosted;
	threads_read_list("/sys/devices/system/cpu/isolated", isolated, sizeof(isolated));
	threads_read_list("/sys/devices/system/cpu/nohz_full", nohz, sizeof(nohz));
	boosted = threads_half(set, size, lists);
	CPU_FREE(set);
	return boosted;
}
