/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dry_run.h - savecore -L --dry-run: estimate a dump without taking it.
 */
#ifndef LIVEDUMP_DRY_RUN_H
#define LIVEDUMP_DRY_RUN_H

#include <stdio.h>

#include "savecore/capture/fit.h"

struct dry_run {
	struct fit fit;
	const char *why;		/* why this engine, for the user */
	bool verifies;			/* the dump would be verified */
	const struct rotate_limits *keep;	/* dumps that stay in a directory */

	/* Set by dry_run_estimate(). */
	struct ld_estimate estimate;
	bool rotates;			/* preview is set */
	struct rotate_preview preview;
	bool available_known;		/* space, or a limit on the length */
	bool fits_target;
	bool fits_memory;
	bool fits_pause;
};

/* Estimate the dump. Returns 0 or a negative errno. */
int dry_run_estimate(struct dry_run *run);

/* Print the estimate as text. */
void dry_run_print(const struct dry_run *run, FILE *f);

/* Whether the dump would fit. If not, @err is set to what does not fit and what to do. */
bool dry_run_fits(const struct dry_run *run, struct error *err);

#endif
