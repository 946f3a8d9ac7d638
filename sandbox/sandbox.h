/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sandbox.h - once everything is open, a program gives up what it no longer needs:
 * capabilities, system calls (seccomp) and files (landlock).
 */
#ifndef LIVEDUMP_SANDBOX_H
#define LIVEDUMP_SANDBOX_H

#include <stdbool.h>

#include "base/error.h"

#define SANDBOX_NOWHERE	{ .dir = -1 }

/* What is still needed. */
struct sandbox {
	int dir;		/* files in it are linked, renamed and removed; -1: none */
	bool opens;		/* dir is listed, and files in it are opened */
	bool looks;		/* dir is listed and files are read, and nothing else */
	bool locks_memory;	/* beyond the limit: CAP_IPC_LOCK */
	bool boosts;		/* real-time boost: CAP_SYS_NICE */
	bool asks_module;	/* ioctl of the module: CAP_SYS_RAWIO */
};

/* What confines the thread, as text for the user. */
struct sandbox_report {
	char text[256];
};

/*
 * Confine the calling thread, and those that it starts later. This cannot be
 * undone. Other threads have to call this themselves. Landlock and seccomp are
 * skipped if they are not to be had; @report, which may be NULL, says so. Returns 0
 * or a negative errno, with @err set. With ERROR_NO_MEMORY there is too little memory
 * to begin, and the thread is as it was.
 */
int sandbox_enter(const struct sandbox *s, struct sandbox_report *report, struct error *err);

#endif
