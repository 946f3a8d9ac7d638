// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * list.c - the live dumps in a directory, for people and for programs.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/numbers.h"
#include "list.h"
#include "savecore/dumps/infofile.h"
#include "savecore/dumps/slots.h"

#define VALUE_MAX	256	/* longer values are cut */

/* What is listed of an info file, and how. */
static const struct list_column {
	const char *info;	/* key in info.N */
	const char *json;	/* key in JSON */
	const char *head;	/* NULL: not in the table */
	int width;
} columns[] = {
	{ "Start Time", "start", "TIME", 29 },
	{ "Hostname", "hostname", "HOST", 12 },
	{ "Kernel Release", "kernel_release", "KERNEL", 20 },
	{ INFOFILE_MODE, "mode", "MODE", 13 },
	{ "Verdict", "verdict", "VERDICT", 20 },
	{ "Cut Short by", "cut_short_by", NULL, 0 },
	{ "Cause", "cause", NULL, 0 },
	{ "Verified", NULL, NULL, 0 },
	{ "Dump Length", NULL, NULL, 0 },
};

enum list_value {
	LIST_START,
	LIST_HOST,
	LIST_KERNEL,
	LIST_MODE,
	LIST_VERDICT,
	LIST_CUT_SHORT,
	LIST_CAUSE,
	LIST_VERIFIED,
	LIST_LENGTH,
	LIST_NR_VALUES,
};

_Static_assert(sizeof(columns) / sizeof(*columns) == LIST_NR_VALUES, "one column for each value");

/* One dump. A value is empty if it is not known. */
struct list_row {
	const struct stored_dump *dump;
	char value[LIST_NR_VALUES][VALUE_MAX];
	bool changed;		/* the length is not what was written */
	char hangs[VALUE_MAX];	/* "yes", "no", or empty: as why.N has it */
	char signature[VALUE_MAX];
};

static bool list_is_printable(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

/* Copy the value of @key in @text, an info file; the first one, if there are more. */
static void list_find_value(char *buf, size_t size, const char *text, const char *key)
{
	size_t len = strlen(key), end;
	char raw[VALUE_MAX];

	buf[0] = '\0';
	while (strncmp(text, key, len) || text[len] != ':') {
		text = strchr(text, '\n');
		if (!text)
			return;
		text++;
	}
	text += len + 1;
	text += strspn(text, " ");
	end = strcspn(text, "\n");
	snprintf(raw, sizeof(raw), "%.*s", (int)(end < size ? end : size - 1), text);
	/* What savecore wrote is printable, with backslashes of its own. */
	if (list_is_printable(raw))
		snprintf(buf, size, "%s", raw);
	else
		escape_text(buf, size, raw);
}

static void list_read_why(struct list_row *row, int dir, const struct trust *trust)
{
	char text[DUMPS_INFO_MAX], name[SLOT_NAME_MAX];

	slot_name(name, "why", row->dump->number);
	if (dumps_read_info(text, dir, name, trust, trust_believes) || !infofile_is_live_why(text))
		return;
	list_find_value(row->hangs, VALUE_MAX, text, INFOFILE_WHY_HANGS);
	list_find_value(row->signature, VALUE_MAX, text, INFOFILE_WHY_SIGNATURE);
}

static void list_read_row(struct list_row *row, const struct stored_dump *dump, int dir,
			  const struct trust *trust)
{
	char text[DUMPS_INFO_MAX], name[SLOT_NAME_MAX], length[32];

	memset(row, 0, sizeof(*row));
	row->dump = dump;
	list_read_why(row, dir, trust);
	slot_name(name, "info", dump->number);
	if (dumps_read_info(text, dir, name, trust, trust_believes) || !infofile_is_live(text))
		return;
	for (unsigned int i = 0; i < LIST_NR_VALUES; i++)
		list_find_value(row->value[i], VALUE_MAX, text, columns[i].info);
	snprintf(length, sizeof(length), "%" PRIu64, dump->bytes);
	row->changed = row->value[LIST_LENGTH][0] && strcmp(row->value[LIST_LENGTH], length);
}

static void list_print_row(const struct list_row *row, FILE *f)
{
	const char *cause = row->value[LIST_CUT_SHORT];
	char size[32], value[VALUE_MAX + 8];

	fprintf(f, "%-6" PRIu64, row->dump->number);
	for (unsigned int i = 0; i < LIST_NR_VALUES; i++) {
		snprintf(value, sizeof(value), "%s%s", row->value[i][0] ? row->value[i] : "-",
			 i == LIST_VERDICT && !strcmp(row->hangs, "yes") ? ", hangs" : "");
		if (columns[i].head)
			fprintf(f, " %-*s", columns[i].width, value);
		if (i == LIST_KERNEL) {
			number_format_size(size, sizeof(size), row->dump->bytes);
			fprintf(f, " %10s", size);
		}
	}
	if (row->changed)
		cause = "its length is not what was written";
	else if (!row->value[LIST_VERDICT][0])
		cause = "no info file that can be read and believed";
	fprintf(f, " %s\n", cause[0] ? cause : "-");
}

void list_print(const struct dump_list *list, int dir, const struct trust *trust, FILE *f)
{
	struct list_row row;

	fprintf(f, "%-6s", "NUMBER");
	for (unsigned int i = 0; i < LIST_NR_VALUES; i++) {
		if (columns[i].head)
			fprintf(f, " %-*s", columns[i].width, columns[i].head);
		if (i == LIST_KERNEL)
			fprintf(f, " %10s", "SIZE");
	}
	fputs(" CAUSE\n", f);
	for (size_t i = 0; i < list->nr; i++) {
		list_read_row(&row, &list->dump[i], dir, trust);
		list_print_row(&row, f);
	}
}

static json_t *list_json_row(const struct list_row *row, const char *path)
{
	const char *verdict = row->value[LIST_VERDICT];
	const char *verified = row->value[LIST_VERIFIED];
	char file[PATH_MAX + 32];
	json_t *object = json_new();

	snprintf(file, sizeof(file), "%s/livecore.%" PRIu64, path, row->dump->number);
	json_put_number(object, "number", row->dump->number);
	json_put_text(object, "file", file);
	json_put_number(object, "file_bytes", row->dump->bytes);
	json_put_number(object, "disk_bytes", row->dump->disk);
	for (unsigned int i = 0; i < LIST_NR_VALUES; i++)
		if (columns[i].json && row->value[i][0])
			json_put_text(object, columns[i].json, row->value[i]);
	if (verdict[0])
		json_put_bool(object, "complete", strcmp(verdict, "partial"));
	if (verified[0])
		json_put_bool(object, "verified", !strcmp(verified, "yes"));
	if (row->value[LIST_LENGTH][0])
		json_put_bool(object, "length_changed", row->changed);
	if (row->hangs[0])
		json_put_bool(object, "hangs", !strcmp(row->hangs, "yes"));
	if (row->signature[0])
		json_put_text(object, "signature", row->signature);
	return object;
}

json_t *list_json(const struct dump_list *list, int dir, const struct trust *trust,
		  const char *path)
{
	json_t *object = json_report("list"), *array = json_array();
	struct list_row row;

	if (!array) {
		json_decref(object);
		return NULL;
	}
	json_put_text(object, "directory", path);
	for (size_t i = 0; i < list->nr; i++) {
		list_read_row(&row, &list->dump[i], dir, trust);
		json_array_append_new(array, list_json_row(&row, path));
	}
	json_object_set_new(object, "dumps", array);
	json_put_number(object, "foreign_dumps", list->foreign);
	return object;
}
