/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmd_restore.h - savecore --restore: convert a stream to a dump.
 */
#ifndef LIVEDUMP_CMD_RESTORE_H
#define LIVEDUMP_CMD_RESTORE_H

#include "base/error.h"
#include "savecore/json/reply.h"
#include "savecore/options/options.h"

/*
 * The caller has called progress_block_signals(). Returns the exit status. If
 * it is not 0, @err is set.
 */
int cmd_restore(const struct options *opt, struct reply *reply, struct error *err);

#endif
