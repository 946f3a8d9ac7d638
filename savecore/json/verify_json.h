/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_json.h - what a verification found, as JSON.
 */
#ifndef LIVEDUMP_VERIFY_JSON_H
#define LIVEDUMP_VERIFY_JSON_H

#include "json.h"
#include "savecore/verify/verify.h"

/* Put what a good dump holds into the report of --verify or --restore. */
void json_put_verified(json_t *object, const struct verify_report *report);

#endif
