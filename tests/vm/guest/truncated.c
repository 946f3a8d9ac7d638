// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * truncated: run a command while pages that were cut off a file wait for an LRU list.
 *
 *	truncated FILE... -- COMMAND [ARG...]
 *
 * A page of a file is put on an LRU list together with others: until then a
 * processor's array refers to it. If the file is truncated on another processor, the
 * page stays there. So the files are filled with the marker on processor 0, and
 * truncated on processor 1. The command runs on processor 1 alone, so little is added
 * to the array of the other.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "marker.h"

/* Fewer than the least that an array has: 15 (PAGEVEC_SIZE of Linux 6.1). */
#define PAGES	12UL
#define PAGE	4096UL
#define FILES	8

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "processor %d", cpu);
}

/* Page by page: then each has a folio of its own. Returns the open file. */
static int fill(const char *name, unsigned long pages)
{
	static char page[PAGE];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		err(1, "%s", name);
	for (size_t at = 0; at < PAGE; at += MARKER_LEN)
		make_marker(page + at, "");
	for (unsigned long i = 0; i < pages; i++)
		if (write(fd, page, PAGE) != (ssize_t)PAGE)
			err(1, "write %s", name);
	memset(page, 0, sizeof(page));
	return fd;
}

int main(int argc, char **argv)
{
	int fds[FILES], nr = 0;

	while (nr + 1 < argc && strcmp(argv[nr + 1], "--"))
		nr++;
	if (nr < 1 || nr > FILES || nr + 2 >= argc)
		errx(2, "usage: truncated FILE... -- COMMAND [ARG...]");
	run_on(0);
	for (int i = 0; i < nr; i++)
		fds[i] = fill(argv[i + 1], PAGES / (unsigned long)nr);
	run_on(1);
	for (int i = 0; i < nr; i++)
		if (ftruncate(fds[i], 0))
			err(1, "truncate %s", argv[i + 1]);
	execvp(argv[nr + 2], argv + nr + 2);
	err(1, "%s", argv[nr + 2]);
}
