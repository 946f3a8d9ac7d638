/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * answer.h - whether the system does what a dump would wait for.
 */
#ifndef LIVEDUMP_ANSWER_H
#define LIVEDUMP_ANSWER_H

struct cpumask;
struct livedump_cgroup;

/*
 * Both return 0, -EDEADLK if there was no answer for seconds, or another negative errno.
 * They may sleep.
 */

/*
 * Whether each processor lets a real-time thread run. If there is no answer from some, these
 * are in *@silent, unless that is NULL.
 *
 * stop_machine() waits for each processor without a limit, and those that have arrived
 * run nothing else meanwhile. With one that is locked up it would stop the whole system,
 * for ever. So this comes first in a dump that may pause the system.
 */
int livedump_answer_processors(struct cpumask *silent);

/*
 * The same, unless all have answered within the last seconds. What comes before a stop may
 * take minutes on a large machine, so this comes before each of them.
 */
int livedump_answer_still(void);

/*
 * Whether a thread can become a member of @c, and whether RCU works. A thread that moves
 * waits for the kernel's lock of all control groups, for tasks that start or end, and,
 * by RCU, for each processor. Where something hangs this may be for ever.
 */
int livedump_answer_groups(const struct livedump_cgroup *c);

#endif
