// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * keeper PIDFILE COMMAND...: what systemd does for livedump-watch, where there is none:
 * it starts the command again whenever that ends, takes its notifications, and keeps the
 * descriptors that it sends, by sd_notify(3) and sd_listen_fds(3). PIDFILE has the
 * command's PID once it is ready. SIGTERM ends both; a command that exits 42 is the end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEPT_MAX	64
#define FIRST		3	/* SD_LISTEN_FDS_START */

static struct kept {
	char name[64];
	int fd;
} kept[KEPT_MAX];
static int nr_kept;
static volatile sig_atomic_t ended;
static pid_t child;

static void die(const char *what)
{
	fprintf(stderr, "keeper: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void on_term(int sig)
{
	(void)sig;
	ended = 1;
}

static void forget(const char *name)
{
	for (int i = 0; i < nr_kept; i++) {
		if (strcmp(kept[i].name, name))
			continue;
		close(kept[i].fd);
		kept[i--] = kept[--nr_kept];
	}
}

static void take(const char *text, int fd, const char *pidfile)
{
	const char *at = strstr(text, "FDNAME=");
	char name[64] = "";
	FILE *f;

	if (at)
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 7, "\n"), at + 7);
	if (strstr(text, "FDSTOREREMOVE=1"))
		forget(name);
	else if (fd >= 0 && nr_kept < KEPT_MAX)
		kept[nr_kept] = (struct kept){ .fd = fd }, strcpy(kept[nr_kept++].name, name);
	if (!strstr(text, "READY=1"))
		return;
	f = fopen(pidfile, "w");
	if (!f || fprintf(f, "%d\n", (int)child) < 0 || fclose(f))
		die(pidfile);
}

static void receive(int sock, const char *pidfile)
{
	char text[512], control[CMSG_SPACE(sizeof(int))];
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
	int fd = -1;

	if (n < 0)
		return;
	text[n] = '\0';
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	take(text, fd, pidfile);
}

/* SIGTERM waits until the command can be ended by it. The handler is this process's. */
static void start(char **argv)
{
	char names[KEPT_MAX * 65] = "", number[16];
	int high[KEPT_MAX];
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	child = fork();
	if (child) {
		sigprocmask(SIG_UNBLOCK, &term, NULL);
		return;
	}
	for (int i = 0; i < nr_kept; i++) {
		high[i] = fcntl(kept[i].fd, F_DUPFD_CLOEXEC, FIRST + 2 * KEPT_MAX);
		strcat(names, i ? ":" : "");
		strcat(names, kept[i].name);
	}
	for (int i = 0; i < nr_kept; i++)
		dup2(high[i], FIRST + i);
	snprintf(number, sizeof(number), "%d", nr_kept);
	setenv("LISTEN_FDS", number, 1);
	setenv("LISTEN_FDNAMES", names, 1);
	snprintf(number, sizeof(number), "%d", (int)getpid());
	setenv("LISTEN_PID", number, 1);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &term, NULL);
	execvp(argv[0], argv);
	die(argv[0]);
}

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), status;

	if (argc < 3)
		return 2;
	snprintf(at.sun_path, sizeof(at.sun_path), "%s.sock", argv[1]);
	unlink(at.sun_path);
	unlink(argv[1]);
	if (sock < 0 || bind(sock, (struct sockaddr *)&at, sizeof(at)))
		die(at.sun_path);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	signal(SIGTERM, on_term);
	start(argv + 2);
	while (!ended) {
		struct pollfd p = { .fd = sock, .events = POLLIN };

		if (poll(&p, 1, 20) == 1)
			receive(sock, argv[1]);
		/* What it has sent before it ended comes first. */
		else if (waitpid(child, &status, WNOHANG) == child) {
			if (WIFEXITED(status) && WEXITSTATUS(status) == 42)
				return 0;
			unlink(argv[1]);
			start(argv + 2);
		}
	}
	kill(child, SIGTERM);
	waitpid(child, &status, 0);
	unlink(at.sun_path);
	unlink(argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
