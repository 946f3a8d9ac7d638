/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * confine.h - enter the sandbox, with all threads that there are.
 */
#ifndef LIVEDUMP_CONFINE_H
#define LIVEDUMP_CONFINE_H

#include "port/error.h"
#include "savecore/report/progress.h"
#include "sandbox.h"

struct confine_params {
	bool off;		/* the user does not want it */
	bool verbose;		/* say what was done on standard error */
};

/*
 * Confine this thread and the one that watches, if @progress is not NULL, unless
 * @params say not to. Returns 0 or a negative errno, with @err set.
 */
int confine(const struct sandbox *sandbox, struct progress *progress,
	    const struct confine_params *params, struct error *err);

#endif
