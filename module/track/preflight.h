/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * preflight.h - whether this processor's page tables tell what is written to.
 */
#ifndef LIVEDUMP_TRACK_PREFLIGHT_H
#define LIVEDUMP_TRACK_PREFLIGHT_H

#include "module/tables/walk.h"
#include "slice.h"

/*
 * Write to a page of our own, by each mapping of it, in a task and in an interrupt,
 * and look for the dirty bits. *@prunes is set if accessed bits can be relied on, too.
 * Returns 0, or a negative errno: -EOPNOTSUPP with the reason in *@why.
 */
int track_preflight(const struct track_tables *tables, struct track_slice *slice, bool *prunes,
		    const char **why);

#endif
