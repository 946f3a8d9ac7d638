// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * memory.c - how much memory a dump may pin when the user does not say.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"

bool memory_available(const char *meminfo, u64 *bytes)
{
	static const char key[] = "MemAvailable:";
	const char *at = meminfo;
	unsigned long long kib;
	char *end;

	while (strncmp(at, key, sizeof(key) - 1)) {
		at = strchr(at, '\n');
		if (!at)
			return false;
		at++;
	}
	at += sizeof(key) - 1;
	at += strspn(at, " \t");
	if (*at < '0' || *at > '9')
		return false;
	errno = 0;
	kib = strtoull(at, &end, 10);
	if (errno || strncmp(end, " kB", 3) || kib > UINT64_MAX >> 10)
		return false;
	*bytes = (u64)kib << 10;
	return true;
}

u64 memory_default(bool kernel)
{
	char text[8192];
	size_t len = 0;
	u64 bytes;
	int fd;

	fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	while (len < sizeof(text) - 1) {
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	text[len] = '\0';
	if (!memory_available(text, &bytes))
		return 0;
	return kernel ? bytes / 4 : bytes / 2;
}
