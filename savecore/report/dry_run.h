/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dry_run.h - savecore -L --dry-run: what a dump would be like.
 */
#ifndef LIVEDUMP_DRY_RUN_H
#define LIVEDUMP_DRY_RUN_H

#include <stdio.h>

#include "savecore/capture/fit.h"

struct dry_run {
	struct fit fit;
	const char *why;		/* this engine */
	bool verifies;			/* the dump would be verified, too */

	/* Set by dry_run_estimate(). */
	struct ld_estimate estimate;
	bool available_known;
	bool fits_target;
	bool fits_memory;
	bool fits_pause;
};

/* Find it out. Returns 0, or the negative errno of the engine. */
int dry_run_estimate(struct dry_run *run);

/* Print it for people. */
void dry_run_print(const struct dry_run *run, FILE *f);

/* Whether all would fit; what does not, and what to do about it, is in @err. */
bool dry_run_fits(const struct dry_run *run, struct error *err);

#endif
