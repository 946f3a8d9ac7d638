// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * server.c - a small server and its client, whose latencies show how much a dump
 * disturbs them.
 *
 *   server            print how many rounds of work take WORK_US here, if nothing else runs
 *   server ROUNDS     serve until SIGTERM, then print what the latencies were
 *
 * The client sends a request each PERIOD_US, or, if the answer before came later than
 * that, at once. For each request the server does ROUNDS of work and writes to pages of
 * its memory. A latency is the time from the moment at which the request was due: so
 * requests count that had to wait because nothing ran. Prints the latencies that 50 and
 * 99 of 100 requests do not exceed, and the longest one, in microseconds, and the number
 * of requests.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_US	5000
#define WORK_US		300
#define PAGE		4096U
#define MEMORY_PAGES	8192U		/* 32 MiB */
#define TOUCHED		32U		/* pages for a request */
#define CALIBRATE_US	500000

/*
 * The histogram: powers of two of microseconds, each divided into PARTS, so a latency is
 * known to 3 %. The first two are single microseconds.
 */
#define PART_BITS	5
#define PARTS		(1U << PART_BITS)
#define BUCKETS		((65 - PART_BITS) * PARTS)

static atomic_bool stopped;

struct latencies {
	unsigned long buckets[BUCKETS];
	unsigned long requests;
	uint64_t longest;
};

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static unsigned int bucket_of(uint64_t us)
{
	unsigned int shift;

	if (us < PARTS)
		return (unsigned int)us;
	shift = 63 - (unsigned int)__builtin_clzll(us) - PART_BITS;
	return shift * PARTS + (unsigned int)(us >> shift);
}

/* The longest latency of a bucket. */
static uint64_t bucket_end(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < 2 * PARTS)
		return bucket;
	shift = bucket / PARTS - 1;
	return (((uint64_t)bucket % PARTS + PARTS + 1) << shift) - 1;
}

static void add_latency(struct latencies *l, uint64_t us)
{
	l->buckets[bucket_of(us)]++;
	l->requests++;
	if (us > l->longest)
		l->longest = us;
}

/* The latency that @percent of 100 requests do not exceed. */
static uint64_t percentile(const struct latencies *l, unsigned int percent)
{
	unsigned long least = (l->requests * percent + 99) / 100, seen = 0;

	for (unsigned int i = 0; i < BUCKETS; i++) {
		seen += l->buckets[i];
		if (seen >= least)
			return bucket_end(i) < l->longest ? bucket_end(i) : l->longest;
	}
	return l->longest;
}

/* @seed is never 0. */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void work(unsigned char *memory, unsigned long rounds, uint64_t *seed)
{
	for (unsigned long i = 0; i < rounds; i++)
		next_random(seed);
	for (unsigned int i = 0; i < TOUCHED; i++)
		memory[next_random(seed) % MEMORY_PAGES * PAGE]++;
}

static unsigned char *get_memory(void)
{
	unsigned char *memory = mmap(NULL, (size_t)MEMORY_PAGES * PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		err(1, "mmap");
	memset(memory, 1, (size_t)MEMORY_PAGES * PAGE);
	return memory;
}

static void calibrate(void)
{
	unsigned char *memory = get_memory();
	uint64_t seed = 1, start = now_us();
	unsigned long rounds = 0;

	while (now_us() - start < CALIBRATE_US) {
		work(memory, 1000, &seed);
		rounds += 1000;
	}
	printf("%lu\n", rounds * WORK_US / CALIBRATE_US);
}

static void serve(int sock, unsigned long rounds)
{
	unsigned char *memory = get_memory();
	uint64_t request, seed = 1;

	/* It tells the client that it is ready. */
	do {
		work(memory, rounds, &seed);
		if (write(sock, &seed, sizeof(seed)) != sizeof(seed))
			err(1, "server: write");
	} while (read(sock, &request, sizeof(request)) == sizeof(request));
	_exit(0);
}

/* Sleep until a request is due. Returns whether to send it. */
static bool wait_until_due(uint64_t due)
{
	struct timespec ts = {
		.tv_sec = (time_t)(due / 1000000),
		.tv_nsec = (long)(due % 1000000 * 1000),
	};

	while (!stopped && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
	return !stopped;
}

static void ask(int sock, struct latencies *l)
{
	uint64_t answer, due;

	if (read(sock, &answer, sizeof(answer)) != sizeof(answer))
		err(1, "client: read");
	for (due = now_us(); wait_until_due(due); due += PERIOD_US) {
		if (write(sock, &due, sizeof(due)) != sizeof(due) ||
		    read(sock, &answer, sizeof(answer)) != sizeof(answer))
			err(1, "client");
		add_latency(l, now_us() - due);
	}
}

static void stop(int sig)
{
	(void)sig;
	stopped = true;
}

int main(int argc, char **argv)
{
	/* The request under way is answered first. */
	struct sigaction act = { .sa_handler = stop, .sa_flags = SA_RESTART };
	static struct latencies latencies;
	int sock[2];
	pid_t pid;

	if (argc == 1) {
		calibrate();
		return 0;
	}
	if (argc != 2)
		errx(2, "usage: server [ROUNDS]");
	if (sigaction(SIGTERM, &act, NULL) || socketpair(AF_UNIX, SOCK_STREAM, 0, sock))
		err(1, "socketpair");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(sock[0]);
		serve(sock[1], strtoul(argv[1], NULL, 10));
	}
	close(sock[1]);
	ask(sock[0], &latencies);
	printf("%llu\t%llu\t%llu\t%lu\n", (unsigned long long)percentile(&latencies, 50),
	       (unsigned long long)percentile(&latencies, 99),
	       (unsigned long long)latencies.longest, latencies.requests);
	return 0;
}
