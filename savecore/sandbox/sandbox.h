/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sandbox.h - give up what savecore does not need any more once everything
 * is open: capabilities, system calls (seccomp) and files (landlock).
 */
#ifndef LIVEDUMP_SANDBOX_H
#define LIVEDUMP_SANDBOX_H

#include <stdbool.h>

#include "port/error.h"

#define SANDBOX_NOWHERE	{ .dir = -1 }

/* What is needed all the same. */
struct sandbox {
	int dir;		/* files get their names in it; -1: nowhere */
	bool opens;		/* and it is listed, and files in it are opened */
	bool pins;		/* memory, beyond the limit: CAP_IPC_LOCK */
	bool boosts;		/* real-time priority: CAP_SYS_NICE */
	bool asks_module;	/* for a dump: its ioctl, CAP_SYS_RAWIO */
};

/* What confines the thread, for the user. */
struct sandbox_report {
	char text[160];
};

/*
 * Confine the calling thread, and those that it starts from then on, for
 * good. Others that there are already have to call this, too. What the kernel
 * does not have is done without, and @report says so; it may be NULL. Returns
 * 0, or a negative errno with @err set when it should have worked.
 */
int sandbox_enter(const struct sandbox *s, struct sandbox_report *report, struct error *err);

#endif
