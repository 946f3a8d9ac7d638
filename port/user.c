// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * user.c - the port of the core to user space: memory, threads, time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "../core/port.h"

#define HUGE_PAGE	((size_t)2 << 20)

/* Large allocations come from mmap: zero, and touched only where used. */
#define MMAP_MIN	((size_t)1 << 16)

void *port_alloc(size_t size)
{
	void *mem;

	if (size < MMAP_MIN)
		return calloc(1, size ? size : 1);
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return mem == MAP_FAILED ? NULL : mem;
}

void port_free(void *mem, size_t size)
{
	if (!mem)
		return;
	if (size < MMAP_MIN)
		free(mem);
	else
		munmap(mem, size);
}

void *port_alloc_pinned(size_t size)
{
	void *mem;

	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return NULL;
	/* Huge pages make the touching cheap; without them it is only slower. */
	if (size >= HUGE_PAGE)
		madvise(mem, size, MADV_HUGEPAGE);
	if (mlock(mem, size)) {
		munmap(mem, size);
		return NULL;
	}
	return mem;
}

void port_free_pinned(void *mem, size_t size)
{
	if (mem)
		munmap(mem, size);
}

struct run {
	pthread_t thread;
	int (*fn)(void *arg, unsigned int worker);
	void *arg;
	unsigned int worker;
	int result;
};

static void *run_thread(void *arg)
{
	struct run *r = arg;

	r->result = r->fn(r->arg, r->worker);
	return NULL;
}

int port_run(unsigned int workers, int (*fn)(void *arg, unsigned int worker), void *arg)
{
	struct run *r;
	unsigned int started;
	int err = 0;

	r = calloc(workers, sizeof(*r));
	if (!r)
		return -ENOMEM;
	for (unsigned int i = 0; i < workers; i++)
		r[i] = (struct run){ .fn = fn, .arg = arg, .worker = i };

	/* Whatever threads there are will do all of the work. */
	for (started = 1; started < workers; started++)
		if (pthread_create(&r[started].thread, NULL, run_thread, &r[started]))
			break;
	run_thread(&r[0]);
	for (unsigned int i = 1; i < started; i++)
		pthread_join(r[i].thread, NULL);
	for (unsigned int i = 0; i < started && !err; i++)
		err = r[i].result;
	free(r);
	return err;
}

u64 port_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000U + (u64)ts.tv_nsec;
}

/*
 * The lowest real-time priority: ahead of every ordinary thread, behind every
 * other real-time one. The kernel keeps 5 % of each CPU from it all the same
 * (sched_rt_runtime_us).
 */
void port_hurry(bool on)
{
	int policy = on ? SCHED_FIFO : SCHED_OTHER;
	struct sched_param param = { .sched_priority = sched_get_priority_min(policy) };

	pthread_setschedparam(pthread_self(), policy, &param);
}

void port_relax(void)
{
}
