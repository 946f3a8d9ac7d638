/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * wait.h - how the task that asked for a dump waits.
 */
#ifndef LIVEDUMP_WAIT_H
#define LIVEDUMP_WAIT_H

#include <linux/types.h>

/* What signals have asked of the current task, from the weakest to the strongest. */
enum livedump_call {
	LIVEDUMP_CALL_NONE,
	LIVEDUMP_CALL_END,	/* it catches a signal that by default ends a process */
	LIVEDUMP_CALL_KILL,	/* it is about to be ended */
};

/*
 * Only signals count that by default end a process. Those that stop or continue
 * it, or that it ignores by default, do not, nor do the cgroup freezer, live
 * patches or notifications of io_uring.
 */
enum livedump_call livedump_call(void);

/*
 * Sleep until done(@arg), or a call stronger than @heeded comes, or @timeout
 * jiffies have passed. Returns what done() returned last.
 */
bool livedump_wait(bool (*done)(void *arg), void *arg, enum livedump_call heeded, long timeout);

/* Another task waits, whatever signals it has. */
void livedump_wait_deaf(bool (*done)(void *arg), void *arg, long timeout);

/* All who wait look again. */
void livedump_wait_wake(void);

#endif
