/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmd_live.h - savecore -L: take a live dump and store it.
 */
#ifndef LIVEDUMP_CMD_LIVE_H
#define LIVEDUMP_CMD_LIVE_H

#include "base/error.h"
#include "savecore/json/reply.h"
#include "savecore/options/options.h"

#define EXIT_USAGE	2
#define EXIT_NO_FIT	3

/*
 * Returns the exit status. It is 0, or @err is set and it is 1, EXIT_NO_FIT if a
 * dry run finds that the dump would not fit, or 128 plus the number of the
 * signal that ended the dump.
 */
int cmd_live(const struct options *opt, struct reply *reply, struct error *err);

#endif
