/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmd_list.h - savecore --list: the live dumps in a directory.
 */
#ifndef LIVEDUMP_CMD_LIST_H
#define LIVEDUMP_CMD_LIST_H

#include "base/error.h"
#include "savecore/json/reply.h"
#include "savecore/options/options.h"

/* Returns the exit status: 0, or 1 with @err set. */
int cmd_list(const struct options *opt, struct reply *reply, struct error *err);

#endif
