// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * beside.c - work whose rate shows how much a dump disturbs it.
 *
 *   beside cpu SECONDS         a thread for each processor computes
 *   beside io SECONDS FILE     small random writes, a dozen for each sync
 *
 * Prints units of work per second.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS	64
#define ROUNDS		100000
#define FILE_BYTES	(32L << 20)
#define WRITE_BYTES	8192
#define WRITES		12

static double end;
static atomic_ulong units;
static _Atomic uint64_t result;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void *compute(void *arg)
{
	uint64_t x = (uint64_t)(uintptr_t)arg + 1;

	while (now() < end) {
		for (int i = 0; i < ROUNDS; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
		}
		units++;
	}
	result += x;
	return NULL;
}

static void compute_on_all(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[MAX_THREADS];

	if (n > MAX_THREADS)
		n = MAX_THREADS;
	for (long i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, compute, (void *)(uintptr_t)i))
			errx(1, "pthread_create");
	for (long i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

static void write_about(const char *name)
{
	static char buf[WRITE_BYTES];
	unsigned int seed = 1;
	int fd = open(name, O_RDWR | O_CREAT, 0600);

	if (fd < 0 || posix_fallocate(fd, 0, FILE_BYTES))
		err(1, "%s", name);
	memset(buf, 'x', sizeof(buf));
	while (now() < end) {
		for (int i = 0; i < WRITES; i++) {
			off_t at = rand_r(&seed) % (FILE_BYTES / WRITE_BYTES) * WRITE_BYTES;

			if (pwrite(fd, buf, sizeof(buf), at) != sizeof(buf))
				err(1, "%s", name);
		}
		if (fdatasync(fd))
			err(1, "%s", name);
		units++;
	}
	close(fd);
}

int main(int argc, char **argv)
{
	double start = now();

	if (argc < 3)
		errx(2, "usage: beside cpu SECONDS | beside io SECONDS FILE");
	end = start + atof(argv[2]);
	if (!strcmp(argv[1], "cpu"))
		compute_on_all();
	else if (!strcmp(argv[1], "io") && argc == 4)
		write_about(argv[3]);
	else
		errx(2, "no work %s", argv[1]);
	printf("%.2f\n", (double)atomic_load(&units) / (now() - start));
	return 0;
}
