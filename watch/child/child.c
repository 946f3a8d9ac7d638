// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * child.c - processes of the daemon.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/process/descriptors.h"
#include "child.h"
#include "port/procfile.h"

static void child_reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	/* It asks the daemon for a dump, and systemctl kill sends it to all. */
	signal(SIGUSR1, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

pid_t child_fork_again(void)
{
	pid_t parent = getpid(), pid = fork();

	if (!pid && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent))
		_exit(EXIT_FAILURE);
	return pid;
}

pid_t child_fork(int *keep, unsigned int nr)
{
	pid_t pid = child_fork_again();

	if (pid)
		return pid;
	setsid();
	child_reset_signals();
	descriptors_close_from(STDERR_FILENO + 1, keep, nr);
	return 0;
}

int child_pair(int socks[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks))
		return -errno;
	return fcntl(socks[0], F_SETFL, O_NONBLOCK) ? -errno : 0;
}

void child_kill(pid_t pid)
{
	/* As a group, 1 would be all processes that there are. */
	if (pid <= 1)
		return;
	/* The group is not there yet if the child has not come to setsid(). */
	if (kill(-pid, SIGKILL))
		kill(pid, SIGKILL);
}

/*
 * The daemon is the last to be ended when memory is short, and does not wait for a disk to
 * take some. Both would be inherited by a command, which the machine can do without.
 */
static void child_be_ordinary(void)
{
	procfile_write("/proc/self/oom_score_adj", "0");
	prctl(PR_SET_IO_FLUSHER, 0, 0, 0, 0);
}

void child_exec(const char *command, int fd)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (dup2(fd, STDIN_FILENO) < 0 || null < 0 || dup2(null, STDOUT_FILENO) < 0)
		_exit(EXIT_FAILURE);
	child_be_ordinary();
	signal(SIGPIPE, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}
