// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * module_kill.c - kills a dump whose target hangs.
 *
 *   module_kill NAME WHEN HOW FILE OTHER HANG-COMMAND MEND-COMMAND
 *
 * WHEN is "before" (the target hangs before the dump begins), "middle" (while it
 * is written) or "flush" (while a partial dump writes its headers). HOW is
 * "exit" or "return": with the latter another process, the holder, shares the
 * caller's descriptors, so that the end of the caller does not close the file.
 * The close is a matter of the file system, and it hangs in FUSE and NFS for
 * every program.
 *
 * The caller must have gone after a second. While the target still hangs, a dump
 * to OTHER must succeed. When it is mended, the threads of the first dump must
 * go, and a dump to FILE must succeed.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>

#include "module_test.h"

#define PATIENCE	10.0	/* seconds */

static const char *file, *other, *hang, *mend;
static int dev, fd;
static char line[256];

static void run(const char *command)
{
	if (system(command))
		result(command, false, "failed");
}

static bool verify(const char *path)
{
	char command[300];

	snprintf(command, sizeof(command), "savecore --verify %s", path);
	return !system(command);
}

/* A dump of all memory, or a partial one, to fd. */
static void call(__u64 flags)
{
	struct livedump_arg arg = quick_arg(fd);

	arg.dump_level = 0;
	arg.compression = LIVEDUMP_COMP_NONE;
	arg.flags = flags;
	_exit(dump(dev, &arg));
}

/* The holder starts the caller, as a child of the main process, when it is told to. */
static void hold(int pipe, bool shares, __u64 flags)
{
	long flag = CLONE_PARENT | SIGCHLD | (shares ? CLONE_FILES : 0);
	char c;
	int pid;

	if (read(pipe, &c, 1) != 1)
		_exit(1);
	pid = (int)syscall(SYS_clone, flag, 0, 0, 0, 0);
	if (!pid)
		call(flags);
	if (write(pipe, &pid, sizeof(pid)) != sizeof(pid) || !shares)
		_exit(0);
	for (;;)
		pause();
}

/* The main process does not have the file open: all that it starts would close it. */
static pid_t start_holder(bool shares, __u64 flags, int *pipe)
{
	int ends[2];
	pid_t pid;

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
	pid = must(fork(), "fork");
	if (!pid)
		hold(ends[1], shares, flags);
	close(ends[1]);
	close(fd);
	*pipe = ends[0];
	return pid;
}

static pid_t start_caller(int pipe)
{
	int pid = -1;

	must((int)write(pipe, "", 1), "write");
	must((int)read(pipe, &pid, sizeof(pid)), "read");
	return must(pid, "clone");
}

/* The seconds until the process has gone, or PATIENCE. */
static double kill_and_wait(pid_t pid, int *status)
{
	double begin = now();

	kill(pid, SIGKILL);
	while (now() - begin < PATIENCE) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return now() - begin;
		sleep_ms(2);
	}
	return PATIENCE;
}

static void read_progress(void)
{
	progress(dev, line, sizeof(line));
	line[strcspn(line, "\n")] = '\0';
}

/* What a caller that is not killed sees: the dump goes to OTHER. */
static void dump_next(const char *name, const char *path)
{
	char what[300];
	int next = open_new(path), got;
	struct livedump_arg arg = quick_arg(next);

	got = dump(dev, &arg);
	snprintf(what, sizeof(what), "%s: the next dump", name);
	result(what, !got && verify(path), "errno %d, %s", got, arg.result.text);
	close(next);
	unlink(path);
}

static double wait_until_gone(void)
{
	double begin = now();

	while (now() - begin < 60) {
		if (system("ps | grep -q '[l]ivedump/'"))
			return now() - begin;
		sleep_ms(50);
	}
	return 60;
}

/* Returns whether the dump has ended already, by a signal that is caught. */
static bool hang_target(const char *when, pid_t pid, int *status)
{
	if (!strcmp(when, "before")) {
		sleep_ms(500);
		return false;
	}
	result("a dump is written", wait_stage(dev, "write"), "it is not");
	run(hang);
	sleep_ms(700);
	if (strcmp(when, "flush"))
		return false;
	kill(pid, SIGINT);
	sleep_ms(500);
	return waitpid(pid, status, WNOHANG) == pid && WIFEXITED(*status) &&
	       WEXITSTATUS(*status) == EINTR;
}

static void on_signal(int sig)
{
	(void)sig;
}

/* Kill the caller. Returns how long it took. */
static double check_killed(const char *name, pid_t pid, bool ended)
{
	/* The contract, and what a debug kernel needs. */
	const double limit = access("/proc/lockdep_stats", F_OK) ? 1 : 3;
	char what[300];
	int status = 0;
	double took;

	read_progress();
	if (ended) {
		tell("%s: SIGINT has ended it", name);
		return 0;
	}
	took = kill_and_wait(pid, &status);
	snprintf(what, sizeof(what), "%s: killed", name);
	result(what, took < limit && WIFSIGNALED(status), "%.0f ms, status %x, at %.200s",
	       took * 1e3, status, line);
	read_progress();
	printf("# then: %s\n", line);
	return took;
}

static void check_mended(const char *name, double took)
{
	double gone = wait_until_gone();
	char what[300];

	snprintf(what, sizeof(what), "%s: mended, all threads go", name);
	result(what, gone < 60, "they do not");
	read_progress();
	snprintf(what, sizeof(what), "%s: nothing is left", name);
	result(what, !strcmp(line, "state=idle"), "%s", line);
	snprintf(what, sizeof(what), "%s, mended", name);
	dump_next(what, file);
	tell("%s: gone after %.0f ms; threads %.0f ms after it was mended", name, took * 1e3,
	     gone * 1e3);
}

int main(int argc, char **argv)
{
	int status = 0, pipe = -1;
	pid_t pid, holder;
	const char *when;
	char name[200];
	double took;
	bool ended;

	if (argc < 8)
		return 2;
	when = argv[2];
	file = argv[4];
	other = argv[5];
	hang = argv[6];
	mend = argv[7];
	snprintf(name, sizeof(name), "%s, %s", argv[1], when);
	signal(SIGINT, on_signal);
	dev = open_device();
	fd = open_new(file);
	must((int)write(fd, "old", 3), "write");
	must(fsync(fd), "fsync");
	holder = start_holder(!strcmp(argv[3], "return"),
			      strcmp(when, "flush") ? 0 : LIVEDUMP_KEEP_PARTIAL, &pipe);
	if (!strcmp(when, "before"))
		run(hang);
	pid = start_caller(pipe);
	ended = hang_target(when, pid, &status);
	took = check_killed(name, pid, ended);
	dump_next(name, other);
	run(mend);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	waitpid(pid, &status, 0);
	check_mended(name, took);
	return failures != 0;
}
