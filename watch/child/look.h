/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * look.h - whether the directories of the targets are there, before a dump needs one.
 */
#ifndef LIVEDUMP_WATCH_LOOK_H
#define LIVEDUMP_WATCH_LOOK_H

#include "watch/config/settings.h"

#define LOOK_MAX	256U

/* What is wrong with each target, or "". */
typedef char look_trouble[CONFIG_TARGETS_MAX][LOOK_MAX];

/*
 * Look at the directories, in processes: a disk may hang. Those that have not answered
 * after @ms are left, and reaped by whoever waits for all processes. Commands are not run.
 */
void look_at_targets(const struct config *c, unsigned int ms, look_trouble trouble);

#endif
