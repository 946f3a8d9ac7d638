// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * port_user.c - the port of the core to user space: memory, threads, time.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "port.h"
#include "threads.h"

/* Large allocations use mmap: they are zero, and only pages that are used need memory. */
#define MMAP_MIN	((size_t)1 << 16)

void *port_alloc(size_t size)
{
	void *mem;

	if (size < MMAP_MIN)
		return calloc(1, size ? size : 1);
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem == MAP_FAILED)
		return NULL;
	/* It may hold memory of the kernel, which has no place in a core dump. */
	madvise(mem, size, MADV_DONTDUMP);
	return mem;
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

/*
 * The threads do not end after port_run(). A thread that starts or ends while
 * memory is read would make the task lists in the dump inconsistent. The first
 * call starts all threads, before memory is copied.
 */
#define POOL_THREADS_MAX	256U

static struct {
	pthread_mutex_t lock;		/* protects all members */
	pthread_cond_t work;
	pthread_cond_t done;
	unsigned int threads;		/* workers 1 .. threads have a thread */
	unsigned int workers;		/* workers of the current call */
	unsigned int running;		/* threads that have not finished the current call */
	u64 calls;			/* calls of port_run() so far */
	int (*fn)(void *arg, unsigned int worker);
	void *arg;
	int result[POOL_THREADS_MAX];
} pool = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.work = PTHREAD_COND_INITIALIZER,
	.done = PTHREAD_COND_INITIALIZER,
};

static void *pool_thread(void *arg)
{
	unsigned int worker = (unsigned int)(uintptr_t)arg;
	u64 seen = 0;

	pthread_mutex_lock(&pool.lock);
	for (;;) {
		int result;

		while (seen == pool.calls)
			pthread_cond_wait(&pool.work, &pool.lock);
		seen = pool.calls;
		if (worker >= pool.workers)
			continue;
		pthread_mutex_unlock(&pool.lock);
		result = pool.fn(pool.arg, worker);
		pthread_mutex_lock(&pool.lock);
		pool.result[worker] = result;
		if (!--pool.running)
			pthread_cond_signal(&pool.done);
	}
	return NULL;
}

/* If a thread cannot be started, the others do all of the work. */
static void pool_start_threads(unsigned int workers)
{
	while (pool.threads + 1 < workers && pool.threads + 1 < POOL_THREADS_MAX) {
		void *worker = (void *)(uintptr_t)(pool.threads + 1);
		pthread_t thread;

		if (threads_start(&thread, pool_thread, worker))
			break;
		pthread_detach(thread);
		pool.threads++;
	}
}

int port_run(unsigned int workers, int (*fn)(void *arg, unsigned int worker), void *arg)
{
	int err;

	pthread_mutex_lock(&pool.lock);
	pool_start_threads(workers);
	pool.workers = workers < pool.threads + 1 ? workers : pool.threads + 1;
	pool.running = pool.workers - 1;
	pool.fn = fn;
	pool.arg = arg;
	pool.calls++;
	pthread_cond_broadcast(&pool.work);
	pthread_mutex_unlock(&pool.lock);

	err = fn(arg, 0);

	pthread_mutex_lock(&pool.lock);
	while (pool.running)
		pthread_cond_wait(&pool.done, &pool.lock);
	for (unsigned int i = 1; i < pool.workers && !err; i++)
		err = pool.result[i];
	pthread_mutex_unlock(&pool.lock);
	return err;
}

u64 port_hash64(const void *data, size_t len, u64 seed)
{
	return XXH64(data, len, seed);
}

u64 port_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000U + (u64)ts.tv_nsec;
}

void port_sleep_ns(u64 ns)
{
	struct timespec ts = { (time_t)(ns / 1000000000U), (long)(ns % 1000000000U) };

	nanosleep(&ts, NULL);
}

/* struct sched_attr of Linux 3.14; not every C library has it. */
struct port_sched {
	u32 size;
	u32 policy;
	u64 flags;		/* reset on fork, and those of SCHED_DEADLINE */
	s32 nice;
	u32 priority;
	u64 runtime;		/* this and the following: of SCHED_DEADLINE */
	u64 deadline;
	u64 period;
};

#define PORT_CPUS_MAX	8192U		/* NR_CPUS of the largest kernels */

/* As it was before the boost of this thread; size 0: there is no boost. */
static _Thread_local struct port_sched port_before_boost;

/*
 * The lowest real-time priority: ahead of every ordinary thread, behind every
 * other real-time thread. The kernel still reserves 5 % of each CPU for
 * ordinary threads (sched_rt_runtime_us). A thread that has a real-time policy, or a
 * deadline, already is ahead of them. 0 is the calling thread.
 */
static void port_begin_boost(void)
{
	struct port_sched now, boost = {
		.size = sizeof(boost),
		.policy = SCHED_FIFO,
		.priority = 1,
	};

	if (port_before_boost.size || syscall(SYS_sched_getattr, 0, &now, sizeof(now), 0) ||
	    (now.policy != SCHED_OTHER && now.policy != SCHED_BATCH && now.policy != SCHED_IDLE))
		return;
	/* Only with a capability could the flag be set back. */
	boost.flags = now.flags;
	if (!syscall(SYS_sched_setattr, 0, &boost, 0))
		port_before_boost = now;
}

void port_boost(bool on)
{
	if (on)
		port_begin_boost();
	else if (port_before_boost.size && !syscall(SYS_sched_setattr, 0, &port_before_boost, 0))
		port_before_boost.size = 0;
}

/* By the system calls: glibc's cpu_set_t ends at CPU 1023. */
bool port_call_on(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	enum { BITS = 8 * sizeof(unsigned long) };
	unsigned long before[PORT_CPUS_MAX / BITS], only[PORT_CPUS_MAX / BITS] = { 0 };
	long size = syscall(SYS_sched_getaffinity, 0, sizeof(before), before);

	if (size < 0 || cpu >= 8 * (unsigned long)size || !(before[cpu / BITS] >> cpu % BITS & 1))
		return false;
	only[cpu / BITS] = 1UL << cpu % BITS;
	if (syscall(SYS_sched_setaffinity, 0, (size_t)size, only))
		return false;
	fn(arg);
	syscall(SYS_sched_setaffinity, 0, (size_t)size, before);
	return true;
}

unsigned int port_cpus(void)
{
	return threads_cpus();
}

void port_relax(void)
{
}

void port_yield(void)
{
	sched_yield();
}

void port_touch_watchdogs(void)
{
}
