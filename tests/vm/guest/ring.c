// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ring: maps the ring buffer of a perf event, as programs that sample do, and waits.
 *
 *	ring READY
 *
 * Each of its RING_PAGES pages holds the marker "ring". It is the kernel's memory,
 * although a program has mapped it: a dump of the kernel's memory must have all of
 * them. READY appears when they are filled.
 *
 * A program can write to the first page only. The kernel fills the others with
 * samples: at each page fault it copies a part of the stack, which is full of markers.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "marker.h"

#define RING_PAGES	9	/* the first has the positions in the others */
#define PAGE		4096
#define SAMPLE		2048	/* bytes of the stack */
#define FAULTS		64

static char text[MARKER_LEN];

static __attribute__((noinline)) void sample(int fd, volatile char *fresh)
{
	char stack[2 * SAMPLE];

	for (size_t at = 0; at < sizeof(stack); at += sizeof(text))
		memcpy(stack + at, text, sizeof(text));
	__asm__ volatile("" : : "r"(stack) : "memory");
	if (ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		err(1, "PERF_EVENT_IOC_ENABLE");
	for (int i = 0; i < FAULTS; i++)
		fresh[i * PAGE] = 1;
	if (ioctl(fd, PERF_EVENT_IOC_DISABLE, 0))
		err(1, "PERF_EVENT_IOC_DISABLE");
	__asm__ volatile("" : : "r"(stack) : "memory");
}

int main(int argc, char **argv)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_PAGE_FAULTS,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_STACK_USER,
		.sample_stack_user = SAMPLE,
		.exclude_kernel = 1,
		.disabled = 1,
	};
	char *ring, *fresh;
	int fd;

	if (argc != 2)
		errx(2, "usage: ring READY");
	fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (fd < 0)
		err(1, "perf_event_open");
	ring = mmap(NULL, RING_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fresh = mmap(NULL, FAULTS * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0);
	if (ring == MAP_FAILED || fresh == MAP_FAILED)
		err(1, "mmap");
	madvise(fresh, FAULTS * PAGE, MADV_NOHUGEPAGE);
	make_marker(text, "ring");
	memcpy(ring + PAGE / 2, text, sizeof(text));
	sample(fd, fresh);
	/* Looking at a page maps it. */
	for (int i = 0; i < RING_PAGES; i++)
		if (!memmem(ring + i * PAGE, PAGE, text, sizeof(text)))
			errx(1, "page %d has no marker", i);
	fd = open(argv[1], O_CREAT | O_WRONLY, 0600);
	if (fd < 0)
		err(1, "%s", argv[1]);
	close(fd);
	for (;;)
		pause();
}
