// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * log.c - lines to standard error.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/escape.h"
#include "log.h"

#define LINE_MAX_BYTES	1024U

static void log_write(const char *line, size_t len)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (send(STDERR_FILENO, line, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno != ENOTSOCK)
		return;
	/* A pipe that has room for one page takes a line. */
	if (poll(&p, 1, 0) == 1 && write(STDERR_FILENO, line, len) < 0)
		errno = 0;
}

void log_line(int level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	size_t at = 0;
	va_list ap;

	/* The journal takes the level from here. */
	if (getenv("JOURNAL_STREAM"))
		at = (size_t)snprintf(line, sizeof(line), "<%d>", level);
	else
		at = (size_t)snprintf(line, sizeof(line), "livedump-watch: ");
	va_start(ap, fmt);
	vsnprintf(line + at, sizeof(line) - at - 1, fmt, ap);
	va_end(ap);
	escape_in_place(line);
	at = strlen(line);
	line[at++] = '\n';
	log_write(line, at);
}
