// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * churn: a load that allocates and frees pages until it is killed.
 *
 *	churn [-p WORKERS] [-f WORKERS] [-t TMPFS_DIR] [-c DISK_DIR] [-r FILE]
 *
 * -p workers start short processes, one after the other; -f workers write,
 * read and remove files in TMPFS_DIR and DISK_DIR. FILE appears once all
 * run. On SIGTERM or SIGINT it prints how much it did, removes its files and
 * exits 0. So a load that did nothing is noticed.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define KIB		1024UL
#define CHUNK		(64 * KIB)
#define CHILD_BYTES	(256 * KIB)
#define MAX_WORKERS	64

struct counts {
	atomic_ulong processes;
	atomic_ulong files;
	atomic_ulong bytes;
};

static struct counts *counts;
static const char *tmpfs_dir = "/tmp";
static const char *disk_dir;
static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

/* What each short process does after its exec. */
static int short_process(void)
{
	volatile char *p = malloc(CHILD_BYTES);

	if (!p)
		return 1;
	for (size_t i = 0; i < CHILD_BYTES; i += 4096)
		p[i] = 1;
	return 0;
}

static void process_worker(void)
{
	char *const argv[] = { "churn", "--short", NULL };

	for (;;) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			execv("/proc/self/exe", argv);
			_exit(127);
		}
		/* The process table is full, but not for long: try again. */
		if (pid < 0) {
			usleep(1000);
			continue;
		}
		if (waitpid(pid, &status, 0) == pid && status == 0)
			counts->processes++;
	}
}

/* Writes and reads one file, then removes it, so that its pages are freed. */
static void turn_file(const char *dir, int worker, unsigned int round)
{
	static char buf[CHUNK];
	size_t size = (1 + round % 8) * 512 * KIB, done;
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/churn.%d", dir, worker);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		err(1, "%s", path);
	memset(buf, round, sizeof(buf));
	for (done = 0; done < size; done += sizeof(buf))
		if (write(fd, buf, sizeof(buf)) != (ssize_t)sizeof(buf))
			break;
	if (round % 4 == 0 && fsync(fd) == 0)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (done = 0; done < size; done += sizeof(buf))
		if (pread(fd, buf, sizeof(buf), done) <= 0)
			break;
	close(fd);
	unlink(path);
	counts->files++;
	counts->bytes += size;
}

static void file_worker(int worker)
{
	for (unsigned int round = 0;; round++) {
		turn_file(tmpfs_dir, worker, round);
		if (disk_dir)
			turn_file(disk_dir, worker, round);
	}
}

static pid_t start_worker(bool files, int worker)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid > 0)
		return pid;
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (files)
		file_worker(worker);
	else
		process_worker();
	_exit(1);
}

static void remove_files(int workers)
{
	char path[256];

	for (int i = 0; i < workers; i++) {
		snprintf(path, sizeof(path), "%s/churn.%d", tmpfs_dir, i);
		unlink(path);
		if (!disk_dir)
			continue;
		snprintf(path, sizeof(path), "%s/churn.%d", disk_dir, i);
		unlink(path);
	}
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	int processes = 2, files = 2, n = 0, opt, status;
	pid_t pids[2 * MAX_WORKERS];
	const char *ready = NULL;

	if (argc == 2 && !strcmp(argv[1], "--short"))
		return short_process();
	while ((opt = getopt(argc, argv, "p:f:t:c:r:")) != -1) {
		switch (opt) {
		case 'p':
			processes = atoi(optarg);
			break;
		case 'f':
			files = atoi(optarg);
			break;
		case 't':
			tmpfs_dir = optarg;
			break;
		case 'c':
			disk_dir = optarg;
			break;
		case 'r':
			ready = optarg;
			break;
		default:
			return 2;
		}
	}
	if (processes < 0 || processes > MAX_WORKERS ||
	    files < 0 || files > MAX_WORKERS)
		errx(2, "at most %d workers of a kind", MAX_WORKERS);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		err(1, "mmap");
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);

	for (int i = 0; i < processes; i++)
		pids[n++] = start_worker(false, i);
	for (int i = 0; i < files; i++)
		pids[n++] = start_worker(true, i);
	if (ready)
		close(open(ready, O_WRONLY | O_CREAT, 0600));
	/* A worker that ends by itself has failed. */
	while (!stop && waitpid(-1, &status, WNOHANG) == 0)
		usleep(10000);

	for (int i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	remove_files(files);
	printf("churn: %lu processes, %lu files, %lu MiB\n",
	       atomic_load(&counts->processes), atomic_load(&counts->files),
	       atomic_load(&counts->bytes) >> 20);
	return stop ? 0 : 1;
}
