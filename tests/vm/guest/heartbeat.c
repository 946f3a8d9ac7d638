// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * heartbeat.c - for how long ordinary programs do not run.
 *
 *   heartbeat [-p MS] [-r FILE]
 *
 * Threads of ordinary priority sleep for MS milliseconds (10), again and again:
 * one that may run on every processor, and one bound to each processor. A gap is
 * the time between two beats of a thread, the sleep included. FILE appears when
 * all threads beat. On SIGTERM or SIGINT it prints one line:
 *
 *   free=MS pinned=MS cpu=N beats=N 20=N 50=N 100=N 200=N 500=N 1000=N
 *
 * The longest gap of the thread that may run everywhere, the longest one of the
 * others and its processor, the number of beats, and how many gaps of all threads
 * were at least so many milliseconds long. All memory is locked, so a gap is not a
 * page fault.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CPUS_MAX	64
#define NS_PER_MS	1000000UL
#define STACK		(64UL << 10)

static const unsigned int steps[] = { 20, 50, 100, 200, 500, 1000 };	/* ms */

#define NR_STEPS	(sizeof(steps) / sizeof(*steps))

struct beater {
	pthread_t thread;
	int cpu;		/* -1: all */
	uint64_t longest_ns;
	uint64_t beats;
	uint64_t late[NR_STEPS];
};

static struct beater beaters[CPUS_MAX + 1];
static struct timespec period = { 0, 10 * NS_PER_MS };
static atomic_uint beating;
static atomic_bool stop;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 * NS_PER_MS + ts.tv_nsec;
}

static void *beat(void *arg)
{
	struct beater *b = arg;
	cpu_set_t set;
	uint64_t last;

	CPU_ZERO(&set);
	if (b->cpu >= 0) {
		CPU_SET(b->cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			err(1, "processor %d", b->cpu);
	}
	beating++;
	for (last = now_ns(); !stop; b->beats++) {
		uint64_t now, gap;

		nanosleep(&period, NULL);
		now = now_ns();
		gap = now - last;
		last = now;
		if (gap > b->longest_ns)
			b->longest_ns = gap;
		for (unsigned int i = 0; i < NR_STEPS; i++)
			b->late[i] += gap >= steps[i] * NS_PER_MS;
	}
	return NULL;
}

static void start(struct beater *b, int cpu)
{
	pthread_attr_t attr;

	b->cpu = cpu;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	if (pthread_create(&b->thread, &attr, beat, b))
		errx(1, "no thread");
}

static void print(unsigned int nr)
{
	const struct beater *worst = &beaters[1];
	struct beater sum = { 0 };

	for (unsigned int i = 0; i < nr; i++) {
		if (i && beaters[i].longest_ns > worst->longest_ns)
			worst = &beaters[i];
		sum.beats += beaters[i].beats;
		for (unsigned int s = 0; s < NR_STEPS; s++)
			sum.late[s] += beaters[i].late[s];
	}
	printf("free=%ju pinned=%ju cpu=%d beats=%ju", beaters[0].longest_ns / NS_PER_MS,
	       worst->longest_ns / NS_PER_MS, worst->cpu, sum.beats);
	for (unsigned int s = 0; s < NR_STEPS; s++)
		printf(" %u=%ju", steps[s], sum.late[s]);
	printf("\n");
}

int main(int argc, char **argv)
{
	unsigned int nr = 0;
	const char *ready = NULL;
	cpu_set_t cpus;
	sigset_t set;
	int opt, sig;

	while ((opt = getopt(argc, argv, "p:r:")) != -1) {
		if (opt == 'p')
			period.tv_nsec = atoi(optarg) * NS_PER_MS;
		else if (opt == 'r')
			ready = optarg;
		else
			return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (sched_getaffinity(0, sizeof(cpus), &cpus) || mlockall(MCL_CURRENT | MCL_FUTURE))
		err(1, "mlockall or sched_getaffinity");
	start(&beaters[nr++], -1);
	for (int cpu = 0; cpu < CPUS_MAX; cpu++)
		if (CPU_ISSET(cpu, &cpus))
			start(&beaters[nr++], cpu);
	while (beating < nr)
		usleep(1000);
	if (ready)
		close(open(ready, O_WRONLY | O_CREAT, 0600));
	sigwait(&set, &sig);
	stop = true;
	for (unsigned int i = 0; i < nr; i++)
		pthread_join(beaters[i].thread, NULL);
	print(nr);
	return 0;
}
