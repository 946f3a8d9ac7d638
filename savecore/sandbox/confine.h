/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * confine.h - all threads of savecore enter the sandbox.
 */
#ifndef LIVEDUMP_CONFINE_H
#define LIVEDUMP_CONFINE_H

#include "base/process/dropper.h"
#include "base/error.h"
#include "savecore/report/progress.h"
#include "sandbox/sandbox.h"

struct confine_params {
	bool off;		/* --no-sandbox */
	bool verbose;		/* print what was given up to standard error */
	const int *drops;	/* files to drop from the page cache; -1: none */
	unsigned int nr_drops;	/* at most DROPPER_FILES_MAX */
};

/*
 * Start the dropper; it is no error if there is none. Confine it, this thread and, if
 * @progress is not NULL, the watching thread, unless params->off. What has been said so
 * far is written then, see say_begin(). Returns 0 or a negative errno, with @err set.
 */
int confine(const struct sandbox *sandbox, struct progress *progress,
	    const struct confine_params *params, struct error *err);

#endif
