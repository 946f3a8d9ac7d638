/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json.h - reports as JSON objects of numbers, booleans and strings. Sizes are in
 * bytes, times in microseconds.
 */
#ifndef LIVEDUMP_JSON_H
#define LIVEDUMP_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "info.h"

/*
 * Create an object, and put members into one. The object is NULL if there is not
 * enough memory. Putting a member into NULL does nothing.
 */
json_t *json_new(void);
void json_put_number(json_t *object, const char *key, u64 value);
void json_put_bool(json_t *object, const char *key, bool value);
void json_put_text(json_t *object, const char *key, const char *text);
void json_put_program(json_t *object, bool dry_run);

/* Page frames by page type. */
json_t *json_of_types(const struct dump_pages *pages);

/* The content of info.N. @file is the name of the dump. NULL if there is not enough memory. */
json_t *json_of_info(const struct info *in, const char *file);

/* The text of @object. The caller frees it. NULL if there is not enough memory. Frees @object. */
char *json_text(json_t *object);

/* Print and free @object. Returns 0, or -ENOMEM if @object is NULL. */
int json_print(json_t *object, FILE *f);

#endif
