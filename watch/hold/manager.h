/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * manager.h - what the service manager has to be told more than once.
 *
 * Its queue may be full, as it is when the manager waits for the disk that hangs. What it
 * did not take then is sent again later. That the daemon is alive is sent no more often
 * than the watchdog needs, because a storm of messages would fill the queue, too.
 */
#ifndef LIVEDUMP_WATCH_MANAGER_H
#define LIVEDUMP_WATCH_MANAGER_H

#include <stdbool.h>

#include "port/port.h"

#define MANAGER_FORGET_MAX	32U	/* FileDescriptorStoreMax of the service */
#define MANAGER_NAME_MAX	32U

/* Times are milliseconds of CLOCK_BOOTTIME. */
struct manager {
	bool there;
	bool ready;			/* it knows that the daemon is */
	s64 interval;			/* half of the watchdog's; 0: there is none */
	s64 alive;			/* when it has to hear next that the daemon lives */
	s64 again;			/* when to try what it did not take */
	char forget[MANAGER_FORGET_MAX][MANAGER_NAME_MAX];	/* "": none */
};

void manager_open(struct manager *m);

/* Send what is due. The daemon is ready when this is called for the first time. */
void manager_step(struct manager *m, s64 now);

/* The milliseconds until manager_step() has something to do, at most @ms. */
int manager_timeout(const struct manager *m, int ms, s64 now);

/* Have it close what it keeps as @name, which must not be used again. */
void manager_forget(struct manager *m, const char *name);

#endif
