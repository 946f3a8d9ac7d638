// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * look.c - whether the directories of the targets are there. The exit status of each
 * process is its errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/escape.h"
#include "watch/child/child.h"
#include "watch/child/look.h"

#define STEP_MS		5U

_Static_assert(EHWPOISON < 256, "an errno is no exit status");

/* Runs in a process of its own. */
static int look_at(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) ? errno : 0;
}

static void look_start(const struct target *t, pid_t *pid, char *trouble)
{
	trouble[0] = '\0';
	*pid = 0;
	if (!t->directory)
		return;
	*pid = child_fork(NULL, 0);
	if (!*pid)
		_exit(look_at(t->directory));
	if (*pid > 0)
		return;
	snprintf(trouble, LOOK_MAX, "%.150s: it cannot be looked at: %s", t->directory,
		 strerror(errno));
	*pid = 0;
}

/* Returns whether it has ended, or there is none. */
static bool look_end(const struct target *t, pid_t *pid, char *trouble)
{
	int status = 0;

	if (!*pid)
		return true;
	if (!waitpid(*pid, &status, WNOHANG))
		return false;
	*pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		snprintf(trouble, LOOK_MAX, "%.150s: %s", t->directory,
			 strerror(WEXITSTATUS(status)));
	return true;
}

void look_at_targets(const struct config *c, unsigned int ms, look_trouble trouble)
{
	pid_t pid[CONFIG_TARGETS_MAX];
	bool all = false;

	for (unsigned int i = 0; i < c->targets; i++)
		look_start(&c->target[i], &pid[i], trouble[i]);
	for (unsigned int past = 0; !all && past <= ms; past += STEP_MS) {
		all = true;
		for (unsigned int i = 0; i < c->targets; i++)
			all &= look_end(&c->target[i], &pid[i], trouble[i]);
		poll(NULL, 0, all ? 0 : (int)STEP_MS);
	}
	for (unsigned int i = 0; i < c->targets; i++) {
		if (!pid[i])
			continue;
		child_kill(pid[i]);
		snprintf(trouble[i], LOOK_MAX, "%.150s: it does not answer",
			 c->target[i].directory);
	}
	/* A name may be of any bytes, and is cut: JSON has UTF-8 only. */
	for (unsigned int i = 0; i < c->targets; i++)
		escape_in_place(trouble[i]);
}
