// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * infofile.c - recognize the info files of live dumps.
 */
#include <jansson.h>
#include <string.h>

#include "core/request.h"
#include "infofile.h"

/* What follows @head in the first line that begins so, or NULL. */
static const char *infofile_find(const char *text, const char *head)
{
	size_t len = strlen(head);

	while (strncmp(text, head, len)) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return text + len;
}

bool infofile_is_live(const char *text)
{
	text = infofile_find(text, INFOFILE_MODE ": ");
	if (!text)
		return false;
	for (enum ld_mode mode = 0; mode < LD_NR_MODES; mode++) {
		const char *name = ld_mode_name(mode);

		if (!strncmp(text, name, strlen(name)) && text[strlen(name)] == '\n')
			return true;
	}
	return false;
}

bool infofile_is_whole(const char *text)
{
	return infofile_find(text, INFOFILE_STATUS ": " INFOFILE_GOOD "\n");
}

bool infofile_is_live_json(const char *text)
{
	json_t *object;
	const char *by;
	bool live;

	/* Without a seed the library would read one from a file. */
	json_object_seed(1);
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	by = json_string_value(json_object_get(object, "program"));
	live = by && !strncmp(by, INFOFILE_PROGRAM, sizeof(INFOFILE_PROGRAM) - 1) &&
	       json_is_false(json_object_get(object, "dry_run"));
	json_decref(object);
	return live;
}

bool infofile_is_live_why(const char *text)
{
	return !strncmp(text, INFOFILE_WHY_HEAD, sizeof(INFOFILE_WHY_HEAD) - 1);
}

bool infofile_is_live_log(const char *text)
{
	return !strncmp(text, INFOFILE_LOG_HEAD, sizeof(INFOFILE_LOG_HEAD) - 1);
}
