// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * beside.c - what is stored beside a held dump.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "beside.h"
#include "port/procfile.h"
#include "watch/policy/reason.h"

static const char bounds[] = "Bounds: ";

static void beside_put(FILE *f, const char *key, const char *value)
{
	char text[2048];

	if (!*value)
		return;
	escape_text(text, sizeof(text), value);
	fprintf(f, "%s: %s\n", key, text);
}

char *beside_info(const struct held *held, u64 slot)
{
	const char *info = held_text(held, "info"), *at = procfile_find(info, bounds);
	char *text = NULL, reason[LIVEDUMP_REASON_MAX];
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	/* The number was not known when the text was made. */
	if (at)
		fprintf(f, "%.*s%" PRIu64 "%s", (int)(at - info), info, slot,
			at + strspn(at, "0123456789"));
	else
		fputs(info, f);
	/* An older daemon, which a newer one has replaced, did not have the text say this. */
	if (!procfile_find(info, REASON_FIRST)) {
		reason_of_record(reason, held->record);
		fputs(reason, f);
	}
	beside_put(f, "Signature", held_text(held, "signature"));
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
