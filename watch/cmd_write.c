// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * cmd_write.c - --write: an administrator writes what the daemon holds.
 *
 * Targets may all hang, and what is mounted later is not among them. The daemon's service
 * cannot write everywhere, either. So the dump is not named to the daemon: its descriptor comes
 * from there, and this process writes the dump with its own rights. It asks and tells the
 * daemon as the writer of a target does.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd_ask.h"
#include "watch/control.h"
#include "watch/writer/writer.h"

#define EXIT_NO_DUMP	3	/* the daemon holds none */

/* Returns 0, with where it is in @err, or a negative errno. */
static int write_borrowed(int sock, int fd, char *directory, struct error *err)
{
	const struct target target = { .name = "--write", .directory = directory };
	struct held held;
	int ret = hold_borrow(&held, fd);

	if (ret) {
		error_set(err, "the dump cannot be read: %s", strerror(-ret));
		return ret;
	}
	ret = write_to_directory(&(struct writer_job){ &held, &target, sock }, err);
	hold_return(&held);
	return ret;
}

/* The same for the dump that the daemon gives, and what comes of it for the daemon. */
static int write_one(const char *socket, char *directory, struct error *err)
{
	int fd = -1, sock = control_take(socket, &fd, err), ret;

	if (sock < 0)
		return sock;
	ret = write_borrowed(sock, fd, directory, err);
	if (ret && !err->text[0])
		error_set(err, "%s", strerror(-ret));
	/* If it has ended meanwhile, the next one sees by the dump itself that it is written. */
	if (writer_say(sock, ret ? WRITER_FAILED : WRITER_DONE, err->text))
		errno = 0;
	close(fd);
	close(sock);
	/* That would mean that there is no dump. */
	return ret == -ENODATA ? -EIO : ret;
}

/* The process for one dump: the sandbox that it enters has no way out. */
static void write_in_child(const char *socket, char *directory, bool first)
{
	struct error err = { 0 };
	int ret;

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	ret = write_one(socket, directory, &err);
	if (ret && (ret != -ENODATA || first))
		fprintf(stderr, "livedump-watch: %s\n", err.text);
	else if (!ret)
		printf("%s\n", err.text);
	_exit(ret == -ENODATA ? EXIT_NO_DUMP : ret || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* Returns the exit status of the process. */
static int write_next(const char *socket, char *directory, bool first)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		write_in_child(socket, directory, first);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		fprintf(stderr, "livedump-watch: cannot start a process: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(stderr, "livedump-watch: %s: the dump is still held\n", strsignal(WTERMSIG(status)));
	return EXIT_FAILURE;
}

int cmd_write(const char *socket, const char *directory)
{
	char *path = realpath(directory, NULL);
	unsigned int nr = 0;
	int status;

	if (!path) {
		fprintf(stderr, "livedump-watch: %s: %s\n", directory, strerror(errno));
		return EXIT_FAILURE;
	}
	while (!(status = write_next(socket, path, !nr)))
		nr++;
	free(path);
	return status == EXIT_NO_DUMP && nr ? EXIT_SUCCESS : EXIT_FAILURE;
}
