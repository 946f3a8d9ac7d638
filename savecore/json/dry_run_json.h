/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dry_run_json.h - the estimate of a dry run as JSON.
 */
#ifndef LIVEDUMP_DRY_RUN_JSON_H
#define LIVEDUMP_DRY_RUN_JSON_H

#include "json.h"
#include "savecore/report/dry_run.h"

/* Returns an object that the caller owns, or NULL if there is not enough memory. */
json_t *dry_run_json(const struct dry_run *run);

#endif
