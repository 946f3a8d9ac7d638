/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dropper.h - a process that drops files from the page cache for its program.
 *
 * If another processor has pages of the file in its lists, posix_fadvise() waits until all
 * processors have emptied theirs, see lru_add_drain_all() in mm/swap.c. One that is locked
 * up does so when it answers again, and no signal ends the wait. A process of its own can
 * be left behind; a thread cannot, as its program does not end before it does.
 *
 * A program has one at most. One that calls neither dropper_start() nor dropper_forbid()
 * drops its files itself.
 */
#ifndef LIVEDUMP_DROPPER_H
#define LIVEDUMP_DROPPER_H

#include <stdbool.h>

#include "port/port.h"

#define DROPPER_FILES_MAX	4U

struct dropper_params {
	const int *fds;			/* of the files that it is for */
	unsigned int nr;		/* at most DROPPER_FILES_MAX */
	int (*confine)(void);		/* it calls this first, and ends unless it returns 0 */
};

/*
 * Start it. It has no other files than those of @p that are in the page cache, and these
 * for reading only. If it cannot be started nothing is dropped from now on.
 */
void dropper_start(const struct dropper_params *p);

/* Like dropper_start() if there must be no such process. */
void dropper_forbid(void);

/* Whether there is one, which has answered so far. */
bool dropper_runs(void);

/*
 * Drop @len bytes from @off on of @fd from the page cache, or all up to the end if @len is
 * 0, except what is not on the disk yet. Returns at once if there is such a process.
 */
void dropper_drop(int fd, u64 off, u64 len);

/*
 * Wait until all is done that was asked for. Returns false if it takes too long; then no
 * more is waited for.
 */
bool dropper_wait(void);

/* Wait, and have the process close its files and end. */
void dropper_end(void);

#endif
