// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * module_signals.c - what ends a dump, and what does not.
 *
 *   module_signals TEST DIRECTORY
 *
 * TEST is "signals", "suspend", which needs /dev/snapshot, or "sleep", in which
 * another task keeps the system from being suspended.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>

#include <linux/io_uring.h>

#include "module_test.h"

static char path[256], other[300];
static const char *cgroup = "/tmp/cgroup/test";
static int dev;
static int snapshot = -1;	/* /dev/snapshot, if it is open */

static void on_signal(int sig)
{
	(void)sig;
}

static void write_to(const char *dir, const char *name, const char *text)
{
	char at[200];
	int fd;

	snprintf(at, sizeof(at), "%s/%s", dir, name);
	fd = must(open(at, O_WRONLY), at);
	must((int)write(fd, text, strlen(text)), at);
	close(fd);
}

/* Completes after 300 ms. io_uring then notifies this task. */
static int submit_timeout(void)
{
	static struct __kernel_timespec when = { .tv_nsec = 300000000 };
	struct io_uring_params p = {};
	int ring = (int)syscall(__NR_io_uring_setup, 4, &p);
	struct io_uring_sqe *sqe;
	char *sq;

	if (ring < 0)
		return -1;
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
	sqe = mmap(NULL, p.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
	if (sq == MAP_FAILED || sqe == MAP_FAILED)
		return -1;
	*sqe = (struct io_uring_sqe){
		.opcode = IORING_OP_TIMEOUT, .addr = (uintptr_t)&when, .len = 1,
	};
	*(uint32_t *)(sq + p.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	return (int)syscall(__NR_io_uring_enter, ring, 1, 0, 0, NULL, 0);
}

/*
 * A child that catches what can be caught, blocks SIGUSR2 and takes a dump of two
 * seconds at least. It exits with the errno, or 200 if it could not begin.
 */
static pid_t start(const char *to, __u64 flags, bool uring)
{
	pid_t pid = must(fork(), "fork");
	struct livedump_arg arg;
	sigset_t set;

	if (pid)
		return pid;
	close(snapshot);
	for (int sig = 1; sig < 65; sig++)
		signal(sig, on_signal);
	signal(SIGTERM, SIG_DFL);
	signal(SIGTSTP, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (uring && submit_timeout() != 1)
		_exit(200);
	arg = quick_arg(open_new(to));
	arg.flags = flags;
	arg.rate = 2 << 20;
	_exit(dump(dev, &arg));
}

/* The time that the processors spent on a process, in seconds. */
static double busy_time(pid_t pid)
{
	char at[64], text[512] = "";
	unsigned long user = 0, system = 0;
	const char *p;
	FILE *f;

	snprintf(at, sizeof(at), "/proc/%d/stat", pid);
	f = fopen(at, "r");
	if (!f || !fgets(text, sizeof(text), f))
		return -1;
	fclose(f);
	p = strrchr(text, ')');
	if (!p || sscanf(p + 2, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu", &user,
			 &system) != 2)
		return -1;
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static bool is_idle(void)
{
	char line[256];

	progress(dev, line, sizeof(line));
	return !strcmp(line, "state=idle\n");
}

/* How long it takes, and what it costs, until no dump runs any more. */
static void wait_idle(pid_t pid, double *took, double *busy)
{
	double begin = now(), before = busy_time(pid);

	while (!is_idle() && now() - begin < 60)
		sleep_ms(20);
	*took = now() - begin;
	*busy = busy_time(pid) - before;
}

/* The dump is to go on, at no cost, whatever happens to the caller. */
static void survives(const char *what, void (*disturb)(pid_t pid), void (*calm)(pid_t pid),
		     bool uring)
{
	pid_t pid = start(path, 0, uring);
	double took, busy;
	int got;

	if (!wait_stage(dev, "write")) {
		result(what, false, "no dump, result %d", reap(pid));
		return;
	}
	disturb(pid);
	wait_idle(pid, &took, &busy);
	calm(pid);
	got = reap(pid);
	result(what, !got && size_of(path) > 1000000, "errno %d", got);
	tell("%s: the dump took %.1f s more, the caller was busy for %.2f s", what, took, busy);
	if (took > 1)
		result("the caller sleeps", busy < took / 4, "%s: busy for %.2f of %.2f s", what,
		       busy, took);
}

static void stop(pid_t pid)
{
	kill(pid, SIGSTOP);
}

static void stop_like_a_terminal(pid_t pid)
{
	kill(pid, SIGTSTP);
}

static void go_on(pid_t pid)
{
	kill(pid, SIGCONT);
}

static void stop_and_go(pid_t pid)
{
	for (int i = 0; i < 20; i++) {
		kill(pid, i % 2 ? SIGCONT : SIGSTOP);
		sleep_ms(20);
	}
}

static void send_harmless(pid_t pid)
{
	static const int signals[] = { SIGCHLD, SIGWINCH, SIGURG, SIGCONT, SIGUSR2, SIGHUP };

	for (unsigned int i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		kill(pid, signals[i]);
}

static void freeze(pid_t pid)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", pid);
	write_to(cgroup, "cgroup.procs", number);
	write_to(cgroup, "cgroup.freeze", "1");
}

static void unfreeze(pid_t pid)
{
	(void)pid;
	write_to(cgroup, "cgroup.freeze", "0");
}

static void nothing(pid_t pid)
{
	(void)pid;
}

static void ends(const char *what, int sig, int want)
{
	pid_t pid = start(path, 0, false);
	double begin;
	int got;

	wait_stage(dev, "write");
	begin = now();
	kill(pid, sig);
	got = reap(pid);
	result(what, got == want && now() - begin < 1 && !size_of(path),
	       "result %d after %.3f s, size %lld", got, now() - begin, (long long)size_of(path));
}

static void test_waiting(void)
{
	pid_t first = start(path, 0, false), pid;
	double begin;
	int got;

	wait_stage(dev, "write");
	pid = start(other, LIVEDUMP_WAIT, false);
	sleep_ms(100);
	send_harmless(pid);
	stop_and_go(pid);
	result("waiting goes on", waitpid(pid, &got, WNOHANG) == 0, "it has ended: %x", got);
	begin = now();
	kill(pid, SIGINT);
	got = reap(pid);
	result("waiting, SIGINT", got == EINTR && now() - begin < 0.5, "%d after %.3f s", got,
	       now() - begin);
	result("the first goes on", !reap(first), "it failed");
	unlink(other);
}

static void test_signals(void)
{
	mkdir("/tmp/cgroup", 0700);
	must(mount("none", "/tmp/cgroup", "cgroup2", 0, ""), "cgroup2");
	must(mkdir(cgroup, 0700), cgroup);
	survives("SIGSTOP", stop, go_on, false);
	survives("SIGTSTP", stop_like_a_terminal, go_on, false);
	survives("SIGSTOP and SIGCONT", stop_and_go, go_on, false);
	survives("harmless signals", send_harmless, nothing, false);
	survives("a frozen cgroup", freeze, unfreeze, false);
	survives("io_uring", nothing, nothing, true);
	ends("SIGINT, caught", SIGINT, EINTR);
	ends("a real-time signal, caught", SIGRTMIN + 3, EINTR);
	ends("SIGTERM, not caught", SIGTERM, 1000 + SIGTERM);
	ends("SIGKILL", SIGKILL, 1000 + SIGKILL);
	test_waiting();
	rmdir(cgroup);
}

/* Opening /dev/snapshot prepares for a hibernation, or for the resume from one. */
static void test_prepare(const char *what, int flags)
{
	struct livedump_arg arg;
	double begin;
	pid_t pid;
	int got;
	char name[100];

	pid = start(path, 0, false);
	wait_stage(dev, "write");
	begin = now();
	snapshot = open("/dev/snapshot", flags);
	snprintf(name, sizeof(name), "%s: prepared", what);
	result(name, snapshot >= 0 && is_idle() && now() - begin < 5, "%s after %.1f s",
	       snapshot < 0 ? strerror(errno) : "prepared", now() - begin);
	got = reap(pid);
	snprintf(name, sizeof(name), "%s: the dump was ended", what);
	result(name, got == ECANCELED && !size_of(path), "errno %d, size %lld", got,
	       (long long)size_of(path));
	arg = quick_arg(open_new(other));
	got = dump(dev, &arg);
	snprintf(name, sizeof(name), "%s: no dump begins", what);
	result(name, got == EBUSY && strstr(arg.result.text, "suspended"), "errno %d, %s", got,
	       arg.result.text);
	close(arg.fd);
	pid = start(path, LIVEDUMP_WAIT, false);
	sleep_ms(300);
	snprintf(name, sizeof(name), "%s: a dump waits", what);
	result(name, waitpid(pid, &got, WNOHANG) == 0 && is_idle(), "it does not");
	close(snapshot);
	snapshot = -1;
	got = reap(pid);
	snprintf(name, sizeof(name), "%s: then it begins", what);
	result(name, !got, "errno %d", got);
	unlink(other);
}

static void test_partial(void)
{
	int fd = open_new(path), got;
	struct livedump_arg arg = quick_arg(fd);
	pid_t pid = must(fork(), "fork");

	if (!pid) {
		wait_stage(dev, "write");
		close(open("/dev/snapshot", O_RDONLY));
		_exit(0);
	}
	arg.flags = LIVEDUMP_KEEP_PARTIAL;
	arg.rate = 2 << 20;
	got = dump(dev, &arg);
	result("suspend: a partial dump", !got && arg.result.status == LIVEDUMP_INCOMPLETE &&
	       arg.result.cause == LIVEDUMP_CAUSE_SUSPEND && arg.result.error == ECANCELED &&
	       strstr(arg.result.text, "suspended"), "errno %d, status %u, cause %u, %s", got,
	       arg.result.status, arg.result.cause, arg.result.text);
	reap(pid);
	close(fd);
}

static void test_suspend(void)
{
	test_prepare("hibernation", O_RDONLY);
	test_prepare("restore", O_WRONLY);
	test_partial();
}

/* The system tells of the suspend before it finds that it cannot be. */
static void test_sleep(void)
{
	int state = must(open("/sys/power/state", O_WRONLY), "/sys/power/state");
	pid_t pid = start(path, 0, false);
	int got;

	wait_stage(dev, "write");
	got = write(state, "freeze", 6) < 0 ? errno : 0;
	result("sleep: it fails", got == EBUSY, "errno %d", got);
	got = reap(pid);
	result("sleep: the dump was ended", got == ECANCELED && !size_of(path),
	       "errno %d, size %lld", got, (long long)size_of(path));
	pid = start(path, 0, false);
	result("sleep: the next dump", !reap(pid), "failed");
	close(state);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	snprintf(path, sizeof(path), "%s/signals", argv[2]);
	snprintf(other, sizeof(other), "%s.other", path);
	dev = open_device();
	if (!strcmp(argv[1], "signals"))
		test_signals();
	else if (!strcmp(argv[1], "suspend"))
		test_suspend();
	else if (!strcmp(argv[1], "sleep"))
		test_sleep();
	else
		return 2;
	unlink(path);
	return failures != 0;
}
