/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * waits.h - which task waits for what, and who has it or will end the wait.
 *
 * A task that waits has a record on its stack, which is on the list of what it waits for.
 * The record is looked for in the frame of the function that waits; the task must be in
 * it, and the list must lead from it to the lock and back.
 */
#ifndef LIVEDUMP_WAITGRAPH_WAITS_H
#define LIVEDUMP_WAITGRAPH_WAITS_H

#include "waitgraph/finder/wait.h"
#include "waitgraph/tasks/tasks.h"

/*
 * Find the waits of all tasks that sleep. A task waits for one thing at most. Those that
 * signals wake up and that wait for an event are idle, and left out. All others that are
 * blocked have a wait, of KIND_SLEEP if it is not known what for.
 * Returns 0, or -ENOMEM and sets @err. The caller must call waits_free().
 */
int waits_find(struct waits *w, const struct kernel *k, const struct tasks *tasks,
	       const struct unwind_fields *unwind, struct error *err);
void waits_free(struct waits *w);

#endif
