// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reply.c - what a command answers to a program.
 */
#include <stdlib.h>

#include "base/say.h"
#include "reply.h"

void reply_report(struct reply *reply, json_t *report)
{
	reply->report = report;
	reply->no_memory = !report;
}

void reply_warn(struct reply *reply, struct store *s)
{
	json_t *array = NULL;

	store_collect_warnings(s);
	for (size_t i = 0; i < STORE_WARNINGS; i++) {
		if (!s->warnings[i].text[0])
			continue;
		fprintf(say_err(), "savecore: warning: %s\n", s->warnings[i].text);
		array = array ?: json_array();
		json_array_append_new(array, json_string(s->warnings[i].text));
	}
	if (array)
		json_object_set_new(reply->report, "warnings", array);
}

int reply_print(struct reply *reply, int status, struct error *err)
{
	json_t *object = reply->report;

	if (!reply->json)
		return status;
	reply->report = NULL;
	if (!object && !reply->no_memory)
		object = json_report(reply->command);
	json_put_end(object, status, err);
	if (!json_print(object, reply->on_stderr ? say_err() : say_out()))
		return status;
	error_set_code(err, ERROR_NO_MEMORY,
		       "not enough memory for the report\nend other programs and run savecore again");
	return status ? status : EXIT_FAILURE;
}

void reply_print_end(const struct reply *reply, int status, const struct error *err)
{
	json_t *object;

	if (!reply->json)
		return;
	object = json_report(reply->command);
	json_put_end(object, status, err);
	json_print(object, reply->on_stderr ? say_err() : say_out());
}
