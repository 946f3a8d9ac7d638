// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * load.c - loads a guest and then does nothing more: processes, anonymous
 * memory, page cache, and the slab objects of many open and cached files.
 *
 * usage: load DIR FILES PROCESSES ANON_MB CACHE_MB
 *
 * Prints "ready" when the load is complete, and then waits to be killed.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MB	((size_t)1 << 20)

/* Text of a few words in random order: compresses like logs and sources do. */
static void fill(char *at, size_t len, unsigned int *seed)
{
	static const char words[][8] = {
		"page ", "frame ", "the ", "of ", "return ", "0x", "\n", "struct ",
		"kernel ", "in ", "a ", "is ", "to ", "{ ", "}\n", "lock ",
	};

	for (size_t i = 0; i + 16 < len;) {
		unsigned int r = (unsigned int)rand_r(seed);
		size_t n = strlen(words[r % 16]);

		memcpy(at + i, words[r % 16], n);
		i += n;
		if (r % 7 == 0)
			i += (size_t)snprintf(at + i, 12, "%x ", r);
	}
}

static void make_files(const char *dir, unsigned int files)
{
	char name[256];

	for (unsigned int i = 0; i < files; i++) {
		int fd;

		if (i % 1000 == 0) {
			snprintf(name, sizeof(name), "%s/%u", dir, i / 1000);
			if (mkdir(name, 0700))
				err(1, "%s", name);
		}
		snprintf(name, sizeof(name), "%s/%u/file number %u", dir, i / 1000, i);
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd < 0 || close(fd))
			err(1, "%s", name);
	}
}

static void make_cache(const char *dir, size_t mb)
{
	char name[256], *block = malloc(MB);
	unsigned int seed = 1;
	int fd;

	snprintf(name, sizeof(name), "%s/cache", dir);
	fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || !block)
		err(1, "%s", name);
	memset(block, ' ', MB);
	for (size_t i = 0; i < mb; i++) {
		if (i % 16 == 0)
			fill(block, MB, &seed);
		if (write(fd, block, MB) != (ssize_t)MB)
			err(1, "%s", name);
	}
	/* Most pages of a page cache are clean. */
	if (fsync(fd))
		err(1, "%s", name);
	free(block);
}

static void child(unsigned int number, size_t bytes)
{
	unsigned int seed = number;
	int sock[2], fds[2];
	char *mem;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Kernel objects for each process. */
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sock) || pipe(fds))
		err(1, "socketpair");
	mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		err(1, "mmap");
	fill(mem, bytes, &seed);
	if (write(sock[0], mem, 2000) < 0 || write(fds[1], mem, 2000) < 0)
		err(1, "write");
}

int main(int argc, char **argv)
{
	unsigned int files, processes;
	size_t anon, cache;
	int ready[2];
	char c;

	if (argc != 6)
		errx(2, "usage: load DIR FILES PROCESSES ANON_MB CACHE_MB");
	files = (unsigned int)atoi(argv[2]);
	processes = (unsigned int)atoi(argv[3]);
	anon = (size_t)atoi(argv[4]);
	cache = (size_t)atoi(argv[5]);
	if (!processes)
		errx(2, "at least one process");

	make_files(argv[1], files);
	make_cache(argv[1], cache);
	if (pipe(ready))
		err(1, "pipe");
	for (unsigned int i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			child(i, anon * MB / processes);
			if (write(ready[1], "", 1) != 1)
				err(1, "write");
			for (;;)
				pause();
		}
	}
	for (unsigned int i = 0; i < processes; i++)
		if (read(ready[0], &c, 1) != 1)
			err(1, "read");
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}
