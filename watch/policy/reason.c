// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reason.c - what has triggered a dump, as text.
 */
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "reason.h"

#define VALUE_MAX	1040U	/* bytes of a value, escaped */

/* Returns the bytes that were written: none if the line is empty or does not fit. */
static size_t reason_put(char *buf, size_t size, const char *key, const char *value)
{
	char text[VALUE_MAX];
	size_t len;

	escape_text(text, sizeof(text), value);
	len = strlen(key) + strlen(text) + 1;
	if (!*text || len >= size)
		return 0;
	snprintf(buf, size, "%s%s\n", key, text);
	return len;
}

void reason_of_record(char *buf, const json_t *record)
{
	static const struct {
		const char *key;
		const char *member;
	} rows[] = {
		{ REASON_FIRST, "rule" },
		{ "Symptom: ", "symptom" },
		{ "Trigger Message: ", "message" },
		{ "Trigger Task: ", "task" },
		{ "Trigger Function: ", "function" },
	};
	json_int_t pid = json_integer_value(json_object_get(record, "pid"));
	char *at = buf, *end = buf + LIVEDUMP_REASON_MAX, task[64];

	*buf = '\0';
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *value = json_string_value(json_object_get(record, rows[i].member));

		if (!value || !*value)
			continue;
		if (!strcmp(rows[i].member, "task")) {
			snprintf(task, sizeof(task), "%.32s (%" JSON_INTEGER_FORMAT ")", value,
				 pid);
			value = task;
		}
		at += reason_put(at, (size_t)(end - at), rows[i].key, value);
	}
}
