/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * confine.h - enter the sandbox, with all threads that there are.
 */
#ifndef LIVEDUMP_CONFINE_H
#define LIVEDUMP_CONFINE_H

#include "port/error.h"
#include "savecore/options.h"
#include "savecore/report/progress.h"
#include "sandbox.h"

/*
 * Confine this thread and the one that watches, if @progress is not NULL,
 * unless the options say not to. Returns 0 or a negative errno, with @err set.
 */
int confine(const struct sandbox *sandbox, struct progress *progress, const struct options *opt,
	    struct error *err);

#endif
