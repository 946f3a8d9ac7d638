/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reason.h - what has triggered a dump, as text: lines of `Key: value` for info.N and for
 * a note in the dump itself.
 */
#ifndef LIVEDUMP_WATCH_REASON_H
#define LIVEDUMP_WATCH_REASON_H

#include <jansson.h>

#include "include/uapi/livedump.h"

/* The first key, by which info.N shows whether it has these lines. */
#define REASON_FIRST	"Trigger: "

/*
 * Write the lines that @record has to @buf, of LIVEDUMP_REASON_MAX bytes: its members
 * rule, symptom, message, task, pid and function. All are printable ASCII.
 */
void reason_of_record(char *buf, const json_t *record);

#endif
