/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmd_restore.h - savecore --restore: make a dump of a stream.
 */
#ifndef LIVEDUMP_CMD_RESTORE_H
#define LIVEDUMP_CMD_RESTORE_H

#include "port/error.h"
#include "options.h"

/*
 * Signals must be blocked, see progress.h. Returns the exit status; the cause
 * is in @err if it is not 0.
 */
int cmd_restore(const struct options *opt, struct error *err);

#endif
