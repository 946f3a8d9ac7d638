/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json.h - what is reported, for programs: objects of numbers, true and false,
 * and texts. Sizes are bytes, times microseconds.
 */
#ifndef LIVEDUMP_JSON_H
#define LIVEDUMP_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "dry_run.h"
#include "info.h"

/* NULL if there is no memory. The caller's. */
json_t *json_of_dry_run(const struct dry_run *run);

/* What info.N says; @file is where the dump is. */
json_t *json_of_info(const struct info *in, const char *file);

/* Whether this is the text of one of the latter. */
bool json_is_live(const char *text);

/* Its text, which the caller frees; NULL if there is no memory. Gives @object back. */
char *json_text(json_t *object);

/* Print @object, and give it back; -ENOMEM if it is NULL. */
int json_print(json_t *object, FILE *f);

#endif
