// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * procfile.c - read files that have a name and a number on each line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "procfile.h"

/* Read at most @size bytes. Returns 0 or a negative errno. */
static int procfile_fill(int fd, char *text, size_t size, size_t *len)
{
	*len = 0;
	while (*len < size) {
		ssize_t n = pread(fd, text + *len, size - *len, (off_t)*len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		*len += (size_t)n;
	}
	return 0;
}

int procfile_read_fd(int fd, char *text, size_t size)
{
	size_t len;
	int ret;

	/* One byte more than fits tells that the file is longer. */
	ret = procfile_fill(fd, text, size, &len);
	if (!ret && len == size)
		ret = -EFBIG;
	text[ret ? 0 : len] = '\0';
	return ret;
}

static int procfile_read_head_fd(int fd, char *text, size_t size)
{
	size_t len;
	int ret = procfile_fill(fd, text, size - 1, &len);

	text[ret ? 0 : len] = '\0';
	return ret;
}

static int procfile_open_and_read(const char *path, char *text, size_t size,
				  int (*read_fd)(int fd, char *text, size_t size))
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int ret;

	text[0] = '\0';
	if (fd < 0)
		return -errno;
	ret = read_fd(fd, text, size);
	close(fd);
	return ret;
}

int procfile_read(const char *path, char *text, size_t size)
{
	return procfile_open_and_read(path, text, size, procfile_read_fd);
}

int procfile_read_head(const char *path, char *text, size_t size)
{
	return procfile_open_and_read(path, text, size, procfile_read_head_fd);
}

void procfile_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		errno = 0;
	close(fd);
}

const char *procfile_find(const char *text, const char *key)
{
	while (strncmp(text, key, strlen(key))) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return text + strlen(key);
}

bool procfile_number(const char *text, const char *key, const char *after, u64 *value)
{
	const char *at = procfile_find(text, key);
	unsigned long long number;
	char *end;

	if (!at)
		return false;
	at += strspn(at, " \t");
	if (*at < '0' || *at > '9')
		return false;
	errno = 0;
	number = strtoull(at, &end, 10);
	if (errno || strncmp(end, after, strlen(after)) != 0)
		return false;
	*value = number;
	return true;
}
