/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * freeze.h - stops all processors and lets them copy memory.
 */
#ifndef LIVEDUMP_FREEZE_H
#define LIVEDUMP_FREEZE_H

#include "core/source.h"

struct livedump_stop;

/* The state of a freeze. NULL if there is not enough memory. */
struct livedump_stop *livedump_stop_alloc(void);
void livedump_stop_free(struct livedump_stop *stop);

/*
 * Stop all processors, call fn(arg, worker, round) on @workers of them for
 * @rounds rounds, and let the system run again. The registers are saved in
 * @notes, see ld_notes_build(). Returns the error of a worker, -ETIME if a
 * processor did not arrive in time, or the negative errno of stop_machine() if
 * nothing was stopped.
 */
int livedump_freeze(struct livedump_stop *stop, unsigned int workers, unsigned int rounds,
		    int (*fn)(void *arg, unsigned int worker, unsigned int round), void *arg,
		    const struct ld_system *sys, void *notes, u64 *pause_ns);

/*
 * After a freeze: whether the copying threads wrote to page frame @pfn
 * themselves, for example because their stacks are in it.
 */
bool livedump_stop_wrote(const struct livedump_stop *stop, u64 pfn);

#endif
