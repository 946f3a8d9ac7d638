/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * preflight.h - tests whether writes set dirty bits on this machine.
 */
#ifndef LIVEDUMP_TRACK_PREFLIGHT_H
#define LIVEDUMP_TRACK_PREFLIGHT_H

#include "module/tables/walk.h"
#include "slice.h"

/*
 * Write to a page of our own through each of its mappings, in a task and in an interrupt,
 * and check the dirty bits. Sets *@prunes if accessed bits are reliable, too. Returns 0,
 * or a negative errno: -EOPNOTSUPP with the reason in *@why.
 */
int track_preflight(const struct track_tables *tables, struct track_slice *slice, bool *prunes,
		    const char **why);

#endif
