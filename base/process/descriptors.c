// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * descriptors.c - which files a process has.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptors.h"

/* On a kernel without close_range(2) only descriptors below this are closed. */
#define DESCRIPTORS_MAX	4096U

static void descriptors_close_range(unsigned int first, unsigned int last)
{
	if (first > last || !syscall(SYS_close_range, first, last, 0))
		return;
	for (unsigned int fd = first; fd <= last && fd < DESCRIPTORS_MAX; fd++)
		close((int)fd);
}

static int descriptors_compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

void descriptors_close_from(int from, int *keep, size_t nr)
{
	/* Not even of no elements if there is no array. */
	if (nr)
		qsort(keep, nr, sizeof(*keep), descriptors_compare);
	for (size_t i = 0; i < nr; i++) {
		if (keep[i] > from)
			descriptors_close_range((unsigned int)from, (unsigned int)keep[i] - 1);
		if (keep[i] >= from)
			from = keep[i] + 1;
	}
	descriptors_close_range((unsigned int)from, ~0U);
}

int descriptors_open_again(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}
