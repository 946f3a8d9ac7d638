// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * marker: fills user memory with a text that no dump may contain.
 *
 *	marker -p [NAME]
 *	marker [-a MIB] [-t MIB] [-c MIB] [-T TMPFS_DIR] [-C DISK_DIR]
 *	       [-n ROUNDS] [-w SECONDS] [-r FILE]
 *
 * Each round is a new process: it fills -a of anonymous memory, -t of a tmpfs
 * file and -c of a file's page cache with the marker, gives half of each
 * back, waits -w seconds, and exits. ROUNDS 0 (the default) goes on until it
 * is killed. FILE appears after the first round's filling. The files are left
 * behind, so that their pages stay in the cache.
 *
 * -p prints the marker, or that of a kind of secrets.c. Run that on the host: a
 * pipe or a terminal in the guest would put the text into kernel buffers.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "marker.h"

#define CHUNK		65536UL
#define MIB		(1UL << 20)

static char block[CHUNK];
static size_t anon_bytes = 64 * MIB, tmpfs_bytes = 32 * MIB,
	      cache_bytes = 32 * MIB;
static const char *tmpfs_dir = "/tmp", *disk_dir = "/data", *ready;
static unsigned int wait_seconds;

static void fill_file(const char *dir, size_t bytes)
{
	char path[256];
	int fd;

	if (!bytes)
		return;
	snprintf(path, sizeof(path), "%s/marker", dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		err(1, "%s", path);
	for (size_t done = 0; done < bytes; done += CHUNK)
		if (write(fd, block, CHUNK) != (ssize_t)CHUNK)
			err(1, "write %s", path);
	/* Free every other chunk. */
	for (size_t at = 0; at < bytes; at += 2 * CHUNK)
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      at, CHUNK))
			err(1, "punch hole in %s", path);
	close(fd);
}

static void fill_anon(size_t bytes)
{
	char *p;

	if (!bytes)
		return;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		err(1, "mmap");
	for (size_t at = 0; at < bytes; at += CHUNK)
		memcpy(p + at, block, CHUNK);
	for (size_t at = 0; at < bytes; at += 2 * CHUNK)
		if (madvise(p + at, CHUNK, MADV_DONTNEED))
			err(1, "madvise");
}

static void one_round(void)
{
	for (size_t at = 0; at < CHUNK; at += MARKER_LEN)
		make_marker(block + at, "");
	fill_anon(anon_bytes);
	fill_file(tmpfs_dir, tmpfs_bytes);
	fill_file(disk_dir, cache_bytes);
	if (ready)
		close(open(ready, O_WRONLY | O_CREAT, 0600));
	sleep(wait_seconds);
}

static size_t mib(const char *arg)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);

	if (*end || end == arg || n > 65536)
		errx(2, "not a size in MiB: %s", arg);
	return n * MIB;
}

int main(int argc, char **argv)
{
	unsigned long rounds = 0;
	char text[MARKER_LEN];
	int opt, status;

	while ((opt = getopt(argc, argv, "pa:t:c:T:C:n:w:r:")) != -1) {
		switch (opt) {
		case 'p':
			make_marker(text, optind < argc ? argv[optind] : "");
			printf("%.*s\n", MARKER_LEN, text);
			return 0;
		case 'a':
			anon_bytes = mib(optarg);
			break;
		case 't':
			tmpfs_bytes = mib(optarg);
			break;
		case 'c':
			cache_bytes = mib(optarg);
			break;
		case 'T':
			tmpfs_dir = optarg;
			break;
		case 'C':
			disk_dir = optarg;
			break;
		case 'n':
			rounds = strtoul(optarg, NULL, 10);
			break;
		case 'w':
			wait_seconds = strtoul(optarg, NULL, 10);
			break;
		case 'r':
			ready = optarg;
			break;
		default:
			return 2;
		}
	}
	for (unsigned long i = 0; !rounds || i < rounds; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			one_round();
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			errx(1, "round %lu failed", i);
	}
	return 0;
}
