// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * meter.c - what one run of a tool costs the system as a whole.
 *
 *   meter OUT LOG COMMAND [ARG...]
 *
 * Measures until the command has ended and OUT, the file it writes, is on disk.
 * Prints the seconds, the seconds that all processors were busy, the bytes of
 * OUT, the command's peak resident memory in KiB, and by how many KiB the
 * system's memory use without caches rose at most. OUT is removed. The command's
 * output goes to LOG.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAMPLE_US	50000

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Seconds that processors were neither idle nor waiting for a disk. */
static double busy(void)
{
	unsigned long long t[8] = { 0 };
	FILE *f = fopen("/proc/stat", "r");

	if (!f || fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1], &t[2],
			 &t[3], &t[4], &t[5], &t[6], &t[7]) != 8)
		errx(1, "/proc/stat");
	fclose(f);
	return (double)(t[0] + t[1] + t[2] + t[5] + t[6]) / (double)sysconf(_SC_CLK_TCK);
}

/* KiB in use, without what the kernel can reclaim. */
static long used(void)
{
	static const char *const names[] = {
		"MemTotal:", "MemFree:", "Buffers:", "Cached:", "SReclaimable:",
	};
	char text[4096];
	long kib[5] = { 0 };
	int fd = open("/proc/meminfo", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		err(1, "/proc/meminfo");
	close(fd);
	text[n] = '\0';
	for (int i = 0; i < 5; i++) {
		const char *at = strstr(text, names[i]);

		if (!at)
			errx(1, "/proc/meminfo: no %s", names[i]);
		kib[i] = atol(at + strlen(names[i]));
	}
	return kib[0] - kib[1] - kib[2] - kib[3] - kib[4];
}

static pid_t start(char **argv, const char *log)
{
	pid_t pid = fork();
	int fd;

	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		err(1, "%s", log);
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

int main(int argc, char **argv)
{
	double seconds, cpu;
	long before, most = 0;
	struct rusage usage;
	struct stat st;
	int status, fd;
	pid_t pid;

	if (argc < 4)
		errx(2, "usage: meter OUT LOG COMMAND...");
	unlink(argv[1]);
	sync();
	before = used();
	cpu = busy();
	seconds = now();
	pid = start(argv + 3, argv[2]);
	while (wait4(pid, &status, WNOHANG, &usage) == 0) {
		long more = used() - before;

		if (more > most)
			most = more;
		usleep(SAMPLE_US);
	}
	fd = open(argv[1], O_RDWR);
	if (fd < 0 || fsync(fd) || fstat(fd, &st))
		err(1, "%s", argv[1]);
	seconds = now() - seconds;
	cpu = busy() - cpu;
	close(fd);
	unlink(argv[1]);
	if (status || !st.st_size)
		errx(1, "%s: status %#x, %lld bytes", argv[3], status, (long long)st.st_size);
	printf("%.3f\t%.2f\t%lld\t%ld\t%ld\n", seconds, cpu, (long long)st.st_size,
	       usage.ru_maxrss, most);
	return 0;
}
