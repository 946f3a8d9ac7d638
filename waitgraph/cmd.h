/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cmd.h - what waitgraph does with an open dump.
 */
#ifndef LIVEDUMP_WAITGRAPH_CMD_H
#define LIVEDUMP_WAITGRAPH_CMD_H

#include "options.h"
#include "waitgraph/kernel/kernel.h"

/* The exit status. From STATUS_UNREADABLE on there is an error to print. */
enum {
	STATUS_FINE = 0,
	STATUS_HANGS = 1,
	STATUS_UNREADABLE = 2,
	STATUS_UNKNOWN = 3,		/* symbols or types are missing */
};

/* Returns the exit status, and sets @err if that is an error. */
int cmd_run(const struct wait_options *opt, struct memory *m, const struct vmcoreinfo *vi,
	    struct error *err);

#endif
