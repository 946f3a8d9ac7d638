// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reply.c - what a command answers to a program.
 */
#include <stdlib.h>

#include "reply.h"

void reply_report(struct reply *reply, json_t *report)
{
	reply->report = report;
	reply->no_memory = !report;
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
	if (!json_print(object, reply->on_stderr ? stderr : stdout))
		return status;
	error_set_code(err, ERROR_NO_MEMORY,
		       "not enough memory for the report\nend other programs and run savecore again");
	return status ? status : EXIT_FAILURE;
}
