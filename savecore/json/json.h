/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json.h - reports as JSON objects. Sizes are in bytes, times in microseconds.
 *
 * Every report begins with schema_version, program, command and exit_status. If
 * exit_status is not 0, error says why. The other members depend on the command;
 * doc/savecore.schema.json has them all.
 */
#ifndef LIVEDUMP_JSON_H
#define LIVEDUMP_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/error.h"
#include "savecore/report/info.h"

/*
 * schema_version. Raised when a member or a code of an error changes its meaning or
 * is gone; new ones leave it as it is.
 */
#define JSON_SCHEMA	1

/*
 * Programs read a number as a double, which has no larger one and its neighbours
 * (RFC 8259, 6): a number beyond is put as this one.
 */
#define JSON_NUMBER_MAX	((1ULL << 53) - 1)

/*
 * Create an object, and put members into one. The object is NULL if there is not
 * enough memory. Putting a member into NULL does nothing.
 */
json_t *json_new(void);
void json_put_number(json_t *object, const char *key, u64 value);
void json_put_bool(json_t *object, const char *key, bool value);
void json_put_text(json_t *object, const char *key, const char *text);

/* Create the report of a command that has not failed, "live" or "verify" for example. */
json_t *json_report(const char *command);

/* Put the exit status and, unless it is 0, @err into a report. */
void json_put_end(json_t *report, int status, const struct error *err);

/* Page frames by page type. */
json_t *json_of_types(const struct dump_pages *pages);

/* The content of info.N. @file is the name of the dump. NULL if there is not enough memory. */
json_t *json_of_info(const struct info *in, const char *file);

/* The text of @object. The caller frees it. NULL if there is not enough memory. Frees @object. */
char *json_text(json_t *object);

/* Print and free @object. Returns 0, or -ENOMEM if @object is NULL. */
int json_print(json_t *object, FILE *f);

#endif
