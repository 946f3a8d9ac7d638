/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * running.h - the tasks that have a processor. crash lists them, too, wherever the lists
 * lead.
 */
#ifndef LIVEDUMP_LISTS_RUNNING_H
#define LIVEDUMP_LISTS_RUNNING_H

#include "again.h"
#include "layout.h"
#include "memory.h"

/*
 * Whether what each processor runs is its idle task, or in the table of PIDs, or about to
 * end. If not, copy again what leads to it, and the task; @again may be NULL. True also if
 * it is not known where run queues are.
 */
bool ld_running_look(const struct ld_lists *l, struct ld_lists_memory *m,
		     struct ld_again_pages *again);

#endif
