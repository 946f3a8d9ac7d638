// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * logfile.c - write dmesg.N.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "logfile.h"
#include "savecore/dumps/infofile.h"
#include "savecore/dumps/slots.h"

bool logfile_store(struct store *s, const char *text)
{
	struct tempfile t = TEMPFILE_INIT;
	char name[SLOT_NAME_MAX], head[128];
	int ret;

	snprintf(head, sizeof(head), INFOFILE_LOG_HEAD LIVEDUMP_VERSION ": livecore.%" PRIu64 "\n",
		 s->slot);
	ret = temp_create(&t, s->dir, 0600);
	if (!ret)
		ret = temp_write(&t, head, strlen(head));
	if (!ret)
		ret = temp_write(&t, text, strlen(text));
	if (!ret && fsync(t.fd))
		ret = -errno;
	slot_name(name, "dmesg", s->slot);
	if (!ret)
		ret = temp_link(&t, name);
	temp_close(&t);
	return !ret;
}
