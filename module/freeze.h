/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * freeze.h - stop all processors, and have them copy memory.
 */
#ifndef LIVEDUMP_FREEZE_H
#define LIVEDUMP_FREEZE_H

#include "core/source.h"

struct livedump_stop;

/* What a freeze needs. NULL when there is no memory. */
struct livedump_stop *livedump_stop_alloc(void);
void livedump_stop_free(struct livedump_stop *stop);

/*
 * Stop all processors, have @workers of them run fn(arg, worker, round) for
 * @rounds rounds, go on. Their registers go to @notes, see ld_notes_build().
 * Returns the error of a worker, -ETIME if a processor could not keep up, or
 * the negative errno for which nothing was stopped.
 */
int livedump_freeze(struct livedump_stop *stop, unsigned int workers, unsigned int rounds,
		    int (*fn)(void *arg, unsigned int worker, unsigned int round), void *arg,
		    const struct ld_system *sys, void *notes, u64 *pause_ns);

/*
 * After that: whether page frame @pfn was written to by those that copied, as
 * their stacks were.
 */
bool livedump_stop_wrote(const struct livedump_stop *stop, u64 pfn);

#endif
