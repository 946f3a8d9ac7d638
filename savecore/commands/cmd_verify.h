/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmd_verify.h - savecore --verify: check a dump.
 */
#ifndef LIVEDUMP_CMD_VERIFY_H
#define LIVEDUMP_CMD_VERIFY_H

#include "base/error.h"
#include "savecore/json/reply.h"
#include "savecore/options/options.h"

/* Returns the exit status: 0, or 1 with @err set. */
int cmd_verify(const struct options *opt, struct reply *reply, struct error *err);

#endif
