/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * notify.h - what the service manager is told, and what it keeps for us.
 *
 * sd_pid_notify_with_fds() waits if the manager does not read, and the manager may wait
 * for the disk that hangs. So the messages of sd_notify(3) are sent here, and those that
 * are not taken at once are not sent.
 */
#ifndef LIVEDUMP_WATCH_NOTIFY_H
#define LIVEDUMP_WATCH_NOTIFY_H

#include <stdbool.h>

/* Without a service manager all of these do nothing, and return false. */
bool notify_state(const char *state);

/* Have the manager keep @fd as @name, or not any more. */
bool notify_keep(const char *name, int fd);
bool notify_forget(const char *name);

/*
 * Call @fn for each descriptor that the manager has kept. It owns the descriptor. Call
 * it once.
 */
void notify_take(void (*fn)(void *arg, const char *name, int fd), void *arg);

#endif
