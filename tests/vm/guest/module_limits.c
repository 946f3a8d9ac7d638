// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * module_limits.c - limits of LIVEDUMP_IOC_DUMP: rate and length, and the
 * priority of its threads.
 *
 *   module_limits DIRECTORY      (below which a file can be made)
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <linux/ioprio.h>
#include <sys/resource.h>

#include "module_test.h"

#define NICE	12
#define IDLE	IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)

static int dev;
static char path[256];

static void test_rate(int fd)
{
	struct livedump_arg arg = quick_arg(fd);
	const struct livedump_result *r = &arg.result;
	double seconds, rate;
	int got = dump(dev, &arg);

	/* The limit is what the same dump is to be slow by, on a kernel with sanitizers, too. */
	seconds = (r->end_ns - r->write_ns) / 1e9;
	arg.rate = r->file_bytes / (seconds > 1 ? 3 * seconds : 3);
	if (!got)
		got = dump(dev, &arg);
	seconds = (r->end_ns - r->write_ns) / 1e9;
	rate = r->file_bytes / seconds;
	result("rate", !got && rate > arg.rate * .9 && rate < arg.rate * 1.1,
	       "%s: %llu bytes in %.2f s, %.0f per s, asked for %llu", strerror(got),
	       r->file_bytes, seconds, rate, arg.rate);
}

/* The lowest rate: the dump is not waited for. */
static void test_rate_cancel(int fd)
{
	struct livedump_arg arg = quick_arg(fd);
	int watch = open_device(), got;
	double killed = 0, ended;
	pid_t pid;

	arg.rate = 1;
	pid = must(fork(), "fork");
	if (!pid)
		_exit(dump(dev, &arg));
	for (int i = 0; i < 500; i++) {
		char line[256];

		progress(watch, line, sizeof(line));
		if (strstr(line, "state=dump"))
			break;
		sleep_ms(10);
	}
	sleep_ms(1500);
	killed = now();
	kill(pid, SIGINT);
	got = reap(pid);
	ended = now();
	/* The signal ends the task after the call has returned. */
	result("rate 1, interrupted", got == 1000 + SIGINT && ended - killed < .3 && !size_of(path),
	       "%d after %.3f s, %lld bytes", got, ended - killed, (long long)size_of(path));
	close(watch);
}

static void test_max_bytes(int fd)
{
	struct livedump_arg arg = quick_arg(fd);
	const struct livedump_result *r = &arg.result;
	unsigned char head[464];
	__u64 whole;
	int got;

	got = dump(dev, &arg);
	whole = r->file_bytes;
	arg.max_bytes = whole + whole / 2;
	if (!got)
		got = dump(dev, &arg);
	result("max_bytes, not reached", !got && !r->status && r->file_bytes <= arg.max_bytes,
	       "%s, \"%s\"", strerror(got), r->text);
	arg.max_bytes = whole / 2;
	got = dump(dev, &arg);
	result("max_bytes", got == EFBIG && !r->status && r->cause == LIVEDUMP_CAUSE_SIZE &&
	       strstr(r->text, "max_bytes") && !size_of(path),
	       "%s, \"%s\", %lld bytes", strerror(got), r->text, (long long)size_of(path));
	arg.flags = LIVEDUMP_KEEP_PARTIAL;
	got = dump(dev, &arg);
	must(pread(fd, head, sizeof(head), 0), "pread");
	result("max_bytes, partial", !got &&
	       r->status == LIVEDUMP_INCOMPLETE &&
	       r->cause == LIVEDUMP_CAUSE_SIZE && r->error == EFBIG &&
	       r->file_bytes <= arg.max_bytes && r->file_bytes > arg.max_bytes / 2 &&
	       (__u64)size_of(path) == r->file_bytes && head[424] == (8 | 2),
	       "%s, \"%s\", cause %u, %llu bytes of %llu, status %u", strerror(got), r->text,
	       r->cause, r->file_bytes, arg.max_bytes, head[424]);
	arg.max_bytes = 4096;
	got = dump(dev, &arg);
	result("max_bytes, too few for any", got == EFBIG && strstr(r->text, "max_bytes"),
	       "%s, \"%s\"", strerror(got), r->text);
	arg.max_bytes = whole / 2;
	arg.format = LIVEDUMP_FORMAT_ELF;
	arg.compression = LIVEDUMP_COMP_NONE;
	got = dump(dev, &arg);
	result("max_bytes, ELF", got == EFBIG && strstr(r->text, "max_bytes"),
	       "%s, \"%s\"", strerror(got), r->text);
}

/* Returns how many threads of a dump are not as expected. */
static int odd_threads(int *seen)
{
	struct dirent *de;
	int odd = 0;
	DIR *proc = opendir("/proc");

	*seen = 0;
	while (proc && (de = readdir(proc))) {
		char file[300], comm[64] = "";
		int pid = atoi(de->d_name), fd, nice, ioprio;

		snprintf(file, sizeof(file), "/proc/%.16s/comm", de->d_name);
		fd = pid ? open(file, O_RDONLY) : -1;
		if (fd < 0)
			continue;
		if (read(fd, comm, sizeof(comm) - 1) > 0 && !strncmp(comm, "livedump/", 9)) {
			nice = getpriority(PRIO_PROCESS, pid);
			ioprio = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid);
			printf("# %d nice %d ioprio %x %s", pid, nice, ioprio, comm);
			odd += nice != NICE || ioprio != IDLE;
			++*seen;
		}
		close(fd);
	}
	if (proc)
		closedir(proc);
	return odd;
}

static void test_nice(int fd)
{
	struct livedump_arg arg = quick_arg(fd);
	int watch = open_device(), seen = 0, odd = 0;
	pid_t pid = must(fork(), "fork");

	arg.rate = 8 << 20;
	arg.memory_mib = 64;
	arg.flags = LIVEDUMP_BOOST;
	if (!pid) {
		if (setpriority(PRIO_PROCESS, 0, NICE) ||
		    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IDLE))
			_exit(99);
		_exit(dump(dev, &arg));
	}
	if (wait_stage(watch, "write"))
		odd = odd_threads(&seen);
	kill(pid, SIGINT);
	result("threads have the caller's nice and ioprio", seen && !odd, "%d of %d have not", odd,
	       seen);
	reap(pid);
	close(watch);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 2)
		return 2;
	snprintf(path, sizeof(path), "%s/limits", argv[1]);
	dev = open_device();
	fd = open_new(path);
	test_max_bytes(fd);
	test_rate(fd);
	test_rate_cancel(fd);
	test_nice(fd);
	unlink(path);
	return failures != 0;
}
