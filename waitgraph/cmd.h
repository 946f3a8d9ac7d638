/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmd.h - what waitgraph does with an open dump.
 */
#ifndef LIVEDUMP_WAITGRAPH_CMD_H
#define LIVEDUMP_WAITGRAPH_CMD_H

#include "options.h"
#include "reading.h"

/* Returns the exit status, see reading.h, and sets @err if that is an error. */
int cmd_run(const struct wait_options *opt, struct memory *m, const struct vmcoreinfo *vi,
	    struct error *err);

#endif
