// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * module_life.c - dumps that are disturbed: by writers of the same file, other
 * dumps, signals, an unload of the module, limits and full file systems.
 *
 *   module_life TEST DIRECTORY [COUNT [LEVEL]]
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <sys/quota.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/types.h>

#include <linux/fs.h>

#include "module_test.h"

static const char *dir;
static char path[256];
static int count;

static void on_signal(int sig)
{
	(void)sig;
}

/* During a dump others may only read the file. */
static void test_exclusive(void)
{
	int dev = open_device(), fd;
	char head[8] = "";
	pid_t pid;

	unlink(path);
	pid = dump_child(path, 0);
	result("a dump runs", wait_stage(dev, "write"), "it does not");
	fd = open(path, O_WRONLY);
	result("writer during", fd < 0 && errno == ETXTBSY, "fd %d, %s", fd, strerror(errno));
	fd = open(path, O_RDWR | O_TRUNC);
	result("O_TRUNC during", fd < 0 && errno == ETXTBSY, "fd %d, %s", fd, strerror(errno));
	fd = truncate(path, 0);
	result("truncate during", fd < 0 && errno == ETXTBSY, "%d, %s", fd, strerror(errno));
	fd = open(path, O_RDONLY);
	result("reader during", fd >= 0 && read(fd, head, 8) == 8 && !memcmp(head, "KDUMP   ", 8),
	       "fd %d, %s", fd, strerror(errno));
	close(fd);
	result("that dump", !reap(pid), "failed");
	fd = open(path, O_WRONLY);
	result("writer after", fd >= 0, "%s", strerror(errno));
	close(fd);
	result("truncate after", !truncate(path, 0), "%s", strerror(errno));
	close(dev);
}

static void test_busy(void)
{
	int dev = open_device(), good = 0, busy = 0;
	char other[300];
	double start;
	pid_t pid[8], first;

	snprintf(other, sizeof(other), "%s.other", path);
	first = dump_child(path, 0);
	result("busy: a dump runs", wait_stage(dev, "write"), "it does not");
	start = now();
	for (int i = 0; i < 8; i++)
		pid[i] = dump_child(other, 0);
	for (int i = 0; i < 8; i++)
		busy += reap(pid[i]) == EBUSY;
	result("busy: EBUSY at once", busy == 8 && now() - start < 1, "%d of 8 in %.2f s", busy,
	       now() - start);
	for (int i = 0; i < 8; i++) {
		snprintf(other, sizeof(other), "%s.%d", path, i);
		pid[i] = dump_child(other, LIVEDUMP_WAIT);
	}
	sleep_ms(100);
	start = now();
	kill(pid[0], SIGKILL);
	result("waiting is killable", reap(pid[0]) == 1000 + SIGKILL && now() - start < 0.2,
	       "%.3f s", now() - start);
	for (int i = 1; i < 8; i++) {
		snprintf(other, sizeof(other), "%s.%d", path, i);
		good += !reap(pid[i]) && size_of(other) > 1000000;
		unlink(other);
	}
	snprintf(other, sizeof(other), "%s.0", path);
	unlink(other);
	result("seven wait and dump", good == 7, "%d", good);
	result("busy: the first", !reap(first), "failed");
	close(dev);
}

static bool is_whole(void)
{
	pid_t pid = must(fork(), "fork");

	if (!pid) {
		execlp("whole", "whole", path, NULL);
		_exit(127);
	}
	return !reap(pid);
}

/* Stop one dump after @ms. Returns how long it took to end. @what is a description. */
static double cancel_one(int dev, int sig, unsigned int ms, bool *good, char *what, size_t size)
{
	char line[256];
	double start, took;
	off_t left;
	pid_t pid;
	int got;

	unlink(path);
	pid = dump_child(path, 0);
	sleep_ms(ms);
	progress(dev, line, sizeof(line));
	line[strcspn(line, "\n")] = '\0';
	start = now();
	kill(pid, sig);
	got = reap(pid);
	took = now() - start;
	left = size_of(path);
	snprintf(what, size, "%.1f ms, signal %d after %u ms, result %d, size %lld, at %.250s",
		 took * 1e3, sig, ms, got, (long long)left, line);
	/* The last write of a dump may have been made when the signal comes. */
	if (left > 0)
		*good = (got == 0 || got == 1000 + sig) && is_whole();
	else
		*good = got == EINTR || got == 1000 + sig;
	return left > 0 ? 0 : took;
}

static void test_signals(void)
{
	/* A debug kernel is slow. */
	const double soon = access("/proc/lockdep_stats", F_OK) ? 0.1 : 10;
	int dev = open_device(), bad = 0, slow = 0;
	char what[400], wrong[400] = "", slowest[400] = "";
	double start = now(), worst = 0, sum = 0;
	unsigned int whole_ms;
	int stopped = 0;

	signal(SIGINT, on_signal);
	srand(1);
	/* At any moment of a dump, which takes about this long. */
	result("signals: a whole dump", !reap(dump_child(path, 0)), "failed");
	whole_ms = (unsigned int)((now() - start) * 1e3) + 1;
	for (int i = 0; i < count; i++) {
		bool good;
		double took = cancel_one(dev, i % 2 ? SIGKILL : SIGINT, rand() % whole_ms, &good,
					 what, sizeof(what));

		if (!good) {
			bad++;
			strcpy(wrong, what);
		}
		if (took > worst) {
			worst = took;
			strcpy(slowest, what);
		}
		if (took > 0.05)
			printf("# slow: %s\n", what);
		slow += took > 0.05;
		stopped += took > 0;
		sum += took;
	}
	result("signals", !bad, "%d of %d: %s", bad, count, wrong);
	tell("signals: %d stopped of %d; mean %.1f ms, above 50 ms %d, worst %s", stopped, count,
	     stopped ? sum / stopped * 1e3 : 0, slow, slowest);
	result("signals: most stop a dump", stopped > count / 2, "%d of %d", stopped, count);
	result("signals: stop soon", worst < soon, "worst %s, not within %.0f ms", slowest,
	       soon * 1e3);
	close(dev);
}

static void test_partial(void)
{
	int dev = open_device(), fd;
	struct livedump_arg arg;
	unsigned char head[464];
	pid_t self = getpid(), pid;

	signal(SIGINT, on_signal);
	fd = open_new(path);
	pid = fork();
	if (!pid) {
		wait_stage(dev, "write");
		sleep_ms(200);
		kill(self, SIGINT);
		_exit(0);
	}
	arg = quick_arg(fd);
	arg.flags = LIVEDUMP_KEEP_PARTIAL;
	fd = dump(dev, &arg);
	result("partial: result", !fd && arg.result.status == LIVEDUMP_INCOMPLETE &&
	       arg.result.cause == LIVEDUMP_CAUSE_SIGNAL && arg.result.error == EINTR &&
	       !strcmp(arg.result.text, "interrupted"),
	       "errno %d status %u cause %u \"%s\"", fd, arg.result.status, arg.result.cause,
	       arg.result.text);
	must(pread(arg.fd, head, sizeof(head), 0), "read partial");
	result("partial: header", !memcmp(head, "KDUMP   ", 8) && head[424] == (8 | 2),
	       "status %u", head[424]);
	reap(pid);
	close(arg.fd);
	close(dev);
}

static void test_unload(void)
{
	int dev = open_device(), rc;
	pid_t pid = dump_child(path, 0);

	result("unload: a dump runs", wait_stage(dev, "write"), "it does not");
	close(dev);
	rc = syscall(SYS_delete_module, "livedump", O_NONBLOCK);
	result("unload during", rc < 0 && errno == EWOULDBLOCK, "%d, %s", rc, strerror(errno));
	result("unload: that dump", !reap(pid), "failed");
}

static void test_progress(void)
{
	int dev = open_device(), other = open_device(), lines = 0;
	struct pollfd p = { .fd = other, .events = POLLIN };
	char line[256], last[32] = "", stages[128] = "";
	pid_t pid;

	progress(other, line, sizeof(line));
	result("progress idle", !strcmp(line, "state=idle\n"), "%s", line);
	result("progress, nothing new", poll(&p, 1, 50) == 0, "readable");
	pid = dump_child(path, 0);
	do {
		char stage[32];

		if (poll(&p, 1, 5000) != 1)
			break;
		progress(other, line, sizeof(line));
		lines++;
		if (sscanf(line, "state=dump pid=%*d stage=%31s", stage) == 1 &&
		    strcmp(stage, last)) {
			strcpy(last, stage);
			strcat(strcat(stages, stage), " ");
		}
	} while (strcmp(line, "state=idle\n") || !*last);
	result("progress", strstr(stages, "write") && lines > 3, "%d lines, stages %s",
	       lines, stages);
	tell("progress: %d lines, stages %s", lines, stages);
	result("progress: that dump", !reap(pid), "failed");
	close(dev);
	close(other);
}

static void test_limits(void)
{
	int dev = open_device(), fd = open_new(path), bad = 0, got = 0;
	struct rlimit old, limit;
	struct livedump_arg arg;
	off_t whole;

	signal(SIGXFSZ, SIG_DFL);
	arg = quick_arg(fd);
	got = dump(dev, &arg);
	whole = size_of(path);
	result("limits: whole", !got && whole > 0, "errno %d", got);
	getrlimit(RLIMIT_FSIZE, &old);
	for (int i = 0; i < 8; i++) {
		limit = old;
		limit.rlim_cur = i == 7 ? 0 : whole / 8 * i + 100;
		setrlimit(RLIMIT_FSIZE, &limit);
		arg = quick_arg(fd);
		got = dump(dev, &arg);
		if (got != EFBIG || size_of(path) || !strstr(arg.result.text, "RLIMIT_FSIZE"))
			bad++;
	}
	setrlimit(RLIMIT_FSIZE, &old);
	result("RLIMIT_FSIZE", !bad, "%d of 8: errno %d, size %lld, %s", bad, got,
	       (long long)size_of(path), arg.result.text);
	close(fd);
	close(dev);
}

/* Fill the directory's file system so that only little space is left for the dump. */
static void test_full(void)
{
	int dev = open_device(), fd = open_new(path), bad = 0, got = 0, fill;
	struct livedump_arg arg;
	char other[300], text[400] = "";

	snprintf(other, sizeof(other), "%s.fill", path);
	fill = open_new(other);
	for (int i = 0; i < count; i++) {
		off_t space = ((off_t)i * 12 << 20) / count, all;
		struct statvfs fs;

		must(ftruncate(fill, 0), "ftruncate");
		must(fstatvfs(fill, &fs), "fstatvfs");
		all = (off_t)fs.f_bavail * (off_t)fs.f_frsize;
		/* If the file system needs the last blocks itself, fill nearly all. */
		while (posix_fallocate(fill, 0, all) && all > space)
			all -= 1 << 16;
		must(ftruncate(fill, all - space), "ftruncate");
		arg = quick_arg(fd);
		got = dump(dev, &arg);
		if (got != ENOSPC || size_of(path)) {
			bad++;
			snprintf(text, sizeof(text), "%lld bytes left: errno %d, size %lld, %s",
				 (long long)space, got, (long long)size_of(path), arg.result.text);
		}
	}
	result("ENOSPC", !bad, "%d of %d: %s", bad, count, text);
	close(fill);
	unlink(other);
	close(fd);
	close(dev);
}

/*
 * The quota of the owner applies to callers without CAP_SYS_RESOURCE. It must
 * apply to the threads of the dump, too, although they are kernel threads.
 */
static void test_quota(void)
{
	int dev = open_device(), fd = open_new(path), bad = 0, got = 0;
	struct dqblk limit = { .dqb_valid = QIF_BLIMITS };
	struct livedump_arg arg;
	char text[300] = "";

	result("quota: without the capability", drop_cap(CAP_SYS_RESOURCE), "%s", strerror(errno));
	for (int i = 0; i < count; i++) {
		/* In blocks of 1 KiB; 0 would be no limit. */
		limit.dqb_bhardlimit = 64 + (__u64)i * (12 << 10) / count;
		must(quotactl(QCMD(Q_SETQUOTA, USRQUOTA), "/dev/disk-data", 0, (void *)&limit),
		     "Q_SETQUOTA");
		arg = quick_arg(fd);
		got = dump(dev, &arg);
		if (got != EDQUOT || size_of(path) || !strstr(arg.result.text, "error 122")) {
			bad++;
			snprintf(text, sizeof(text), "limit %llu: errno %d, size %lld, %.200s",
				 (unsigned long long)limit.dqb_bhardlimit, got,
				 (long long)size_of(path), arg.result.text);
		}
	}
	result("EDQUOT", !bad, "%d of %d: %s", bad, count, text);
	limit.dqb_bhardlimit = 0;
	must(quotactl(QCMD(Q_SETQUOTA, USRQUOTA), "/dev/disk-data", 0, (void *)&limit), "no quota");
	arg = quick_arg(fd);
	got = dump(dev, &arg);
	result("quota: lifted", !got && size_of(path) > 1000000, "errno %d", got);
	close(fd);
	close(dev);
}

static void test_frozen(void)
{
	int dev = open_device(), at = open(dir, O_RDONLY);
	double start;
	pid_t pid;
	int got;

	signal(SIGINT, on_signal);
	unlink(path);
	pid = dump_child(path, 0);
	result("frozen: a dump runs", wait_stage(dev, "write"), "it does not");
	must(ioctl(at, FIFREEZE, 0), "FIFREEZE");
	sleep_ms(300);
	start = now();
	kill(pid, SIGINT);
	got = reap(pid);
	result("frozen: SIGINT", got == EINTR && now() - start < 0.2, "%d after %.3f s", got,
	       now() - start);
	must(ioctl(at, FITHAW, 0), "FITHAW");

	pid = dump_child(path, 0);
	result("thawed: a dump runs", wait_stage(dev, "write"), "it does not");
	must(ioctl(at, FIFREEZE, 0), "FIFREEZE");
	sleep_ms(500);
	must(ioctl(at, FITHAW, 0), "FITHAW");
	result("thawed: goes on", !reap(pid) && size_of(path) > 1000000, "failed");
	close(at);
	close(dev);
}

static void test_lockdown(void)
{
	int dev = open_device(), fd = open_new(path), got;
	int lock = must(open("/sys/kernel/security/lockdown", O_WRONLY), "lockdown");
	struct livedump_arg arg = quick_arg(fd);

	must(write(lock, "confidentiality", 15), "lockdown");
	got = dump(dev, &arg);
	result("lockdown: ioctl", got == EPERM, "errno %d", got);
	got = open(LIVEDUMP_DEVICE, O_RDWR);
	result("lockdown: open", got < 0 && errno == EPERM, "fd %d", got);
	close(lock);
	close(fd);
	close(dev);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{ "exclusive", test_exclusive }, { "busy", test_busy },
		{ "signals", test_signals }, { "partial", test_partial },
		{ "unload", test_unload }, { "progress", test_progress },
		{ "limits", test_limits }, { "full", test_full },
		{ "quota", test_quota }, { "frozen", test_frozen },
		{ "lockdown", test_lockdown },
	};

	if (argc < 3)
		return 2;
	dir = argv[2];
	count = argc > 3 ? atoi(argv[3]) : 20;
	child_level = argc > 4 ? (unsigned int)atoi(argv[4]) : LIVEDUMP_LEVEL_MAX;
	snprintf(path, sizeof(path), "%s/life", dir);
	for (unsigned int i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		if (!strcmp(argv[1], tests[i].name)) {
			tests[i].run();
			unlink(path);
			return failures != 0;
		}
	}
	return 2;
}
