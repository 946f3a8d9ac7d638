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
#include <inttypes.h>
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

/* What one call has to do, and what came of it. */
struct write_all {
	const char *socket;
	char *directory;
	char question[CONTROL_QUESTION_MAX];	/* with the keys of those that were not stored */
	unsigned int stored;
	unsigned int failed;
};

static void write_say(const struct error *err)
{
	fprintf(stderr, "livedump-watch: %s\n", err->text);
}

static void write_warn(const struct writer_job *job, const char *text)
{
	(void)job;
	fprintf(stderr, "livedump-watch: warning: %s\n", text);
}

/* The process for one dump: the sandbox that it enters has no way out. */
static void write_in_child(const struct held *held, char *directory, int sock)
{
	const struct target target = { .name = "--write", .directory = directory };
	const struct writer_job job = { held, &target, sock, true, write_warn };
	struct error err = { 0 };
	int ret;

	signal(SIGPIPE, SIG_IGN);
	/* Who kills the command wants no dump. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ret = write_to_directory(&job, &err);
	if (ret && !err.text[0])
		error_set(&err, "%s", strerror(-ret));
	writer_drop_options(&err);
	/* If the daemon has ended meanwhile, the next one sees by the dump that it is stored. */
	if (writer_say(sock, ret ? WRITER_FAILED : WRITER_DONE, err.text))
		errno = 0;
	if (ret)
		write_say(&err);
	else
		printf("%s\n", err.text);
	_exit(ret || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* Returns whether @held was stored. */
static bool write_borrowed(const struct write_all *all, const struct held *held, int sock)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		write_in_child(held, all->directory, sock);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		fprintf(stderr, "livedump-watch: cannot start a process: %s\n", strerror(errno));
		return false;
	}
	if (WIFSIGNALED(status))
		fprintf(stderr, "livedump-watch: %s: look at --status\n",
			strsignal(WTERMSIG(status)));
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* Returns whether there may be another dump. */
static bool write_next(struct write_all *all)
{
	size_t len = strlen(all->question);
	struct error err = { 0 };
	struct held held;
	int fd, sock;
	s64 key;

	sock = control_take(all->socket, all->question, &fd, &key, &err);
	if (sock == -ENODATA && (all->stored || all->failed))
		return false;
	if (sock < 0) {
		write_say(&err);
		all->failed++;
		return false;
	}
	if (hold_borrow(&held, fd)) {
		error_set(&err, "the dump was stored or given up meanwhile\nlook at --status");
		write_say(&err);
		all->failed++;
	} else if (write_borrowed(all, &held, sock)) {
		all->stored++;
	} else {
		all->failed++;
	}
	hold_return(&held);
	close(fd);
	close(sock);
	/* One that could not be stored is not asked for again, but others may be smaller. */
	snprintf(all->question + len, sizeof(all->question) - len, " %" PRId64, (int64_t)key);
	return len + 24 < sizeof(all->question);
}

int cmd_write(const char *socket, const char *directory)
{
	struct write_all all = { .socket = socket, .question = "write" };

	all.directory = realpath(directory, NULL);
	if (!all.directory) {
		fprintf(stderr, "livedump-watch: %s: %s\n", directory, strerror(errno));
		return EXIT_FAILURE;
	}
	while (write_next(&all))
		;
	free(all.directory);
	return all.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
