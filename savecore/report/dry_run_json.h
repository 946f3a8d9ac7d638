/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dry_run_json.h - what a dry run has found, for programs.
 */
#ifndef LIVEDUMP_DRY_RUN_JSON_H
#define LIVEDUMP_DRY_RUN_JSON_H

#include "dry_run.h"
#include "json.h"

/* The caller's. NULL if there is no memory. */
json_t *dry_run_json(const struct dry_run *run);

#endif
