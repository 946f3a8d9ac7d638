/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * answer.h - whether all processors do what they are told.
 */
#ifndef LIVEDUMP_ANSWER_H
#define LIVEDUMP_ANSWER_H

/*
 * stop_machine() waits for each processor without a limit, and those that have arrived
 * run nothing else meanwhile. With one that is locked up it would stop the whole system,
 * for ever. So this comes first in a dump that may pause the system. It takes too long to
 * come right before the pause, where it would add to what has been written meanwhile.
 *
 * Returns 0, -EDEADLK if a processor did not let a real-time thread run for seconds, or
 * another negative errno. May sleep.
 */
int livedump_answer(void);

#endif
