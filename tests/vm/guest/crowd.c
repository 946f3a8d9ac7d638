// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * crowd.c - many tasks that sleep: processes of 50 threads each.
 *
 * crowd TASKS: prints how many there are once all sleep, and sleeps.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define THREADS		50
#define STACK_BYTES	16384

static int *begun;			/* tasks that sleep, in all processes */

static void *wait_forever(void *arg)
{
	__atomic_add_fetch(begun, 1, __ATOMIC_RELAXED);
	/* Every fourth one sleeps in another place. */
	for (;;) {
		if ((size_t)arg % 4)
			pause();
		else
			sleep(10000);
	}
	return NULL;
}

static void run_process(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (size_t i = 1; i < THREADS; i++) {
		int err = pthread_create(&thread, &attr, wait_forever, (void *)i);

		if (err) {
			fprintf(stderr, "crowd: %s\n", strerror(err));
			_exit(1);
		}
	}
	wait_forever((void *)0);
}

int main(int argc, char **argv)
{
	int tasks = argc > 1 ? atoi(argv[1]) : 0;

	begun = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tasks < 1 || begun == MAP_FAILED)
		return 2;
	for (int i = 0; i < tasks; i += THREADS) {
		pid_t pid = fork();

		if (pid < 0) {
			perror("crowd: fork");
			return 1;
		}
		if (!pid)
			run_process();
		/* One process after the other: thousands of new tasks would starve the rest. */
		while (__atomic_load_n(begun, __ATOMIC_RELAXED) < i + THREADS)
			usleep(1000);
	}
	printf("%d\n", __atomic_load_n(begun, __ATOMIC_RELAXED));
	fflush(stdout);
	wait_forever((void *)0);
}
