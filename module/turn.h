/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * turn.h - whose turn it is: one dump at a time, and none while the system is
 * being suspended.
 */
#ifndef LIVEDUMP_TURN_H
#define LIVEDUMP_TURN_H

#include <linux/types.h>

#include "module/crew/wait.h"

struct ld_control;

enum livedump_fate {
	LIVEDUMP_FATE_RUNS,
	LIVEDUMP_FATE_ABANDONED,	/* the caller has left before the end */
	LIVEDUMP_FATE_ENDED,
};

/* The part of a dump that turn.c knows. The dump stays until its turn has ended. */
struct livedump_turn {
	struct ld_control *control;
	enum livedump_fate fate;
	u64 number;			/* of the dump, since the module was loaded */
};

/*
 * Returns 0 if it is this dump's turn, or -EBUSY. With @wait it waits instead,
 * and returns -EINTR if a signal ends the wait. *@why says what is in the way.
 */
int livedump_turn_take(struct livedump_turn *turn, bool wait, const char **why);

/* The dump has ended. If it was abandoned, it is no longer counted. */
void livedump_turn_end(struct livedump_turn *turn);

/*
 * Wait until the dump has ended, as livedump_wait() does. Returns whether it has.
 */
bool livedump_turn_wait(struct livedump_turn *turn, enum livedump_call heeded, long timeout);

/*
 * The caller gives up a dump that does not end, and others may begin. Returns
 * false if the dump has ended meanwhile.
 */
bool livedump_turn_abandon(struct livedump_turn *turn);

/* The dumps that were abandoned and have not ended yet. */
unsigned int livedump_turn_abandoned(void);

int livedump_turn_init(void);
void livedump_turn_exit(void);

#endif
