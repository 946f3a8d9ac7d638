/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * child.h - processes of the daemon. What may wait for a disk, a network or another
 * program is done in one, never in the daemon. One that waits for a disk cannot even be
 * killed; the daemon forgets it then and reaps it when it ends.
 */
#ifndef LIVEDUMP_WATCH_CHILD_H
#define LIVEDUMP_WATCH_CHILD_H

#include <sys/types.h>

#include "port/port.h"

#define CHILD_TEXT_MAX	512U

/*
 * As fork(). The child has a session of its own, ordinary signals, of the daemon's
 * descriptors only the @nr of @keep and the three standard ones, and dies with the daemon.
 */
pid_t child_fork(int *keep, unsigned int nr);

/*
 * As fork(), for a child of child_fork(). This one is of the same session, so child_kill()
 * of its parent kills both, and it dies with its parent.
 */
pid_t child_fork_again(void);

/* A pair of sockets that keep messages apart; the first does not block. */
int child_pair(int socks[2]);

/* Kill it and all that it has started. */
void child_kill(pid_t pid);

/*
 * Run @command by the shell with @fd as standard input, as an ordinary process when memory
 * is short; does not return. The process must be a child of child_fork() or child_fork_again().
 */
void child_exec(const char *command, int fd);

#endif
