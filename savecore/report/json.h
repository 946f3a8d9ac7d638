/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json.h - what is reported, for programs: objects of numbers, true and false,
 * and texts. Sizes are bytes, times microseconds.
 */
#ifndef LIVEDUMP_JSON_H
#define LIVEDUMP_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "info.h"

/*
 * An object, and what is put into one. Without memory the object is NULL, and
 * stays so.
 */
json_t *json_new(void);
void json_put_number(json_t *object, const char *key, u64 value);
void json_put_bool(json_t *object, const char *key, bool value);
void json_put_text(json_t *object, const char *key, const char *text);
void json_put_program(json_t *object, bool dry_run);

/* Page frames by their type. */
json_t *json_of_types(const struct dump_pages *pages);

/* What info.N says; @file is where the dump is. NULL if there is no memory. */
json_t *json_of_info(const struct info *in, const char *file);

/* The text of @object, which the caller frees; NULL if there is no memory. Gives @object back. */
char *json_text(json_t *object);

/* Print @object, and give it back; -ENOMEM if it is NULL. */
int json_print(json_t *object, FILE *f);

#endif
