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

static int logfile_write_text(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

bool logfile_store(struct store *s, const char *text)
{
	struct tempfile t = TEMPFILE_INIT;
	char name[SLOT_NAME_MAX], head[128];
	int ret;

	snprintf(head, sizeof(head), INFOFILE_LOG_HEAD LIVEDUMP_VERSION ": livecore.%" PRIu64 "\n",
		 s->slot);
	ret = temp_create(&t, s->dir, 0600);
	if (!ret)
		ret = logfile_write_text(t.fd, head, strlen(head));
	if (!ret)
		ret = logfile_write_text(t.fd, text, strlen(text));
	if (!ret && fsync(t.fd))
		ret = -errno;
	slot_name(name, "dmesg", s->slot);
	if (!ret)
		ret = temp_link(&t, name);
	temp_close(&t);
	return !ret;
}
