// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * to_command.c - give a held dump to a command, which sends it elsewhere.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>

#include "watch/writer/beside.h"
#include "watch/writer/writer.h"

/* What the command may want to know to name the dump. */
static void command_set_environment(const struct held *held)
{
	static const char *const keys[][2] = {
		{ "LIVEDUMP_RULE", "rule" }, { "LIVEDUMP_SYMPTOM", "symptom" },
		{ "LIVEDUMP_MESSAGE", "message" }, { "LIVEDUMP_TASK", "task" },
		{ "LIVEDUMP_HOST", "host" }, { "LIVEDUMP_KERNEL", "kernel" },
		{ "LIVEDUMP_SIGNATURE", "signature" }, { "LIVEDUMP_WHY", "why" },
	};
	char number[32], *info;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		setenv(keys[i][0], held_text(held, keys[i][1]), 1);
	snprintf(number, sizeof(number), "%" PRId64, held_number(held, "time"));
	setenv("LIVEDUMP_TIME", number, 1);
	snprintf(number, sizeof(number), "%" PRIu64, held->dump);
	setenv("LIVEDUMP_BYTES", number, 1);
	info = beside_info(held, 0);
	setenv("LIVEDUMP_INFO", info ? info : "", 1);
	free(info);
}

static pid_t command_run(const struct writer_job *job, int pipes[2])
{
	pid_t pid = child_fork_again();

	if (pid)
		return pid;
	close(pipes[1]);
	command_set_environment(job->held);
	child_exec(job->target->command, pipes[0]);
	return -1;
}

static int command_feed(int to, const struct held *held)
{
	off_t at = 0;

	while ((u64)at < held->dump) {
		ssize_t n = sendfile(to, held->fd, &at, (size_t)(held->dump - (u64)at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
	}
	return 0;
}

static int command_wait(pid_t pid, const struct target *target, struct error *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFEXITED(status))
		error_set(err, "command of target %s: exit status %d", target->name,
			  WEXITSTATUS(status));
	else
		error_set(err, "command of target %s: %s", target->name,
			  strsignal(WTERMSIG(status)));
	return -EIO;
}

int write_to_command(const struct writer_job *job, struct error *err)
{
	int pipes[2], ret, fed;
	pid_t pid;

	ret = writer_ask(job, err);
	if (!ret && pipe2(pipes, O_CLOEXEC))
		ret = -errno;
	if (ret)
		return ret;
	pid = command_run(job, pipes);
	close(pipes[0]);
	if (pid < 0) {
		ret = -errno;
		close(pipes[1]);
		return ret;
	}
	fed = command_feed(pipes[1], job->held);
	close(pipes[1]);
	ret = command_wait(pid, job->target, err);
	/* A command that does not read all of it has not taken it, whatever it says. */
	if (!ret && fed) {
		error_set(err, "command of target %s: it has not read the whole dump",
			  job->target->name);
		ret = fed;
	}
	if (ret)
		return ret;
	hold_mark_written(job->held);
	error_set(err, "target %s", job->target->name);
	return 0;
}
