// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * whyfile.c - write why.N.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "savecore/dumps/infofile.h"
#include "savecore/dumps/slots.h"
#include "whyfile.h"

/* The caller frees it. NULL: not enough memory. */
static char *whyfile_text(const struct store *s, bool hangs, const char *signature,
			  const char *text)
{
	char *whole;
	size_t size;
	FILE *f = open_memstream(&whole, &size);

	if (!f)
		return NULL;
	fprintf(f, INFOFILE_WHY_HEAD LIVEDUMP_VERSION ": livecore.%" PRIu64 "\n" INFOFILE_WHY_HANGS
		": %s\n", s->slot, hangs ? "yes" : "no");
	if (*signature)
		fprintf(f, INFOFILE_WHY_SIGNATURE ": %s\n", signature);
	fprintf(f, "\n%s", text);
	if (!fclose(f))
		return whole;
	free(whole);
	return NULL;
}

static int whyfile_write(const struct store *s, struct tempfile *t, const char *text)
{
	char name[SLOT_NAME_MAX];
	int ret = temp_create(t, s->dir, 0600);

	if (!ret)
		ret = temp_write(t, text, strlen(text));
	if (!ret && fsync(t->fd))
		ret = -errno;
	slot_name(name, "why", s->slot);
	return ret ? ret : temp_link(t, name);
}

bool whyfile_store(struct store *s, bool hangs, const char *signature, const char *text)
{
	char *whole = whyfile_text(s, hangs, signature, text);
	struct tempfile t = TEMPFILE_INIT;
	int ret = whole ? whyfile_write(s, &t, whole) : -ENOMEM;

	temp_close(&t);
	free(whole);
	if (!ret)
		return true;
	error_set(store_warning(s), "%s/why.%" PRIu64 ": %s: the dump is stored without it",
		  s->path, s->slot, strerror(-ret));
	return false;
}
