// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * input.c - open a dump or a stream that the user names.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hint.h"
#include "input.h"

static int input_open_stdin(const char **name, struct error *err)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL);
	int fd = -1;

	*name = "standard input";
	if (isatty(STDIN_FILENO)) {
		error_set_code(err, ERROR_BAD_INPUT,
			       "standard input is a terminal\nredirect it from a file or a pipe");
		return -ENOTTY;
	}
	if (flags >= 0 && (flags & O_ACCMODE) != O_WRONLY)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd < 0) {
		error_set_code(err, ERROR_BAD_INPUT,
			       "standard input is not open for reading\nredirect it from a file or a pipe");
		return -EBADF;
	}
	return fd;
}

int input_open(const char *path, const char **name, struct error *err)
{
	int fd, ret;

	if (!strcmp(path, "-"))
		return input_open_stdin(name, err);
	*name = path;
	fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		ret = -errno;
		error_set(err, "%s: %s\n%s", path, strerror(-ret),
			  hint_of(HINT_INPUT, -ret));
		return ret;
	}
	return fd;
}
