// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kcore_system.c - read the name of the system and its number of CPUs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kcore_system.h"

#define FILE_MAX	4096U
#define CPUS_MAX	65536UL

#define NR_UTS		6U
#define KEY_CPUS	NR_UTS

/* In the order of struct new_utsname. */
static const char *const keys[NR_UTS + 1] = {
	"sysname", "nodename", "release", "version", "machine", "domainname", "cpus",
};

int kcore_system_running(struct ld_system *sys, struct error *err)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct utsname uts;
	const char *from[NR_UTS] = {
		uts.sysname, uts.nodename, uts.release, uts.version, uts.machine, uts.domainname,
	};

	if (uname(&uts)) {
		int rc = -errno;

		error_set(err, "cannot read the name of the system: %s", strerror(-rc));
		return rc;
	}
	memset(sys->uts, 0, sizeof(sys->uts));
	for (unsigned int i = 0; i < NR_UTS; i++)
		memcpy(sys->uts[i], from[i], strnlen(from[i], sizeof(sys->uts[i]) - 1));
	sys->nr_cpus = cpus > 0 ? (u32)cpus : 1;
	return 0;
}

static bool kcore_system_set_value(struct ld_system *sys, unsigned int key, const char *value)
{
	unsigned long cpus;
	char *end;

	if (key < NR_UTS) {
		size_t len = strlen(value);

		if (len >= sizeof(sys->uts[key]))
			return false;
		memcpy(sys->uts[key], value, len);
		return true;
	}
	errno = 0;
	cpus = strtoul(value, &end, 10);
	if (errno || end == value || *end || !cpus || cpus > CPUS_MAX)
		return false;
	sys->nr_cpus = (u32)cpus;
	return true;
}

/* Returns the number of the key, or -1 if the line is not valid. */
static int kcore_system_parse_line(struct ld_system *sys, const char *line)
{
	for (unsigned int i = 0; i < NR_UTS + 1; i++) {
		size_t len = strlen(keys[i]);

		if (!strncmp(line, keys[i], len) && line[len] == ' ')
			return kcore_system_set_value(sys, i, line + len + 1) ? (int)i : -1;
	}
	return -1;
}

int kcore_system_recorded(struct ld_system *sys, int fd, const char *name, struct error *err)
{
	char text[FILE_MAX + 1], *line, *next = text;
	unsigned int seen = 0, number = 0;
	ssize_t n;

	memset(sys->uts, 0, sizeof(sys->uts));
	n = pread(fd, text, FILE_MAX, 0);
	if (n < 0) {
		int rc = -errno;

		error_set(err, "cannot read %s: %s", name, strerror(-rc));
		return rc;
	}
	text[n] = '\0';
	while ((line = strsep(&next, "\n"))) {
		int key;

		if (!number++) {
			if (strcmp(line, SYSTEM_MAGIC) != 0) {
				error_set_code(err, ERROR_BAD_MEMORY_IMAGE,
					       "%s does not begin with \"%s\"", name, SYSTEM_MAGIC);
				return -EINVAL;
			}
			continue;
		}
		if (!*line)
			continue;
		key = kcore_system_parse_line(sys, line);
		if (key < 0 || seen & 1U << key) {
			error_set_code(err, ERROR_BAD_MEMORY_IMAGE, "%s: line %u is not valid",
				       name, number);
			return -EINVAL;
		}
		seen |= 1U << key;
	}
	for (unsigned int i = 0; i < NR_UTS + 1; i++) {
		if (!(seen & 1U << i)) {
			error_set_code(err, ERROR_BAD_MEMORY_IMAGE, "%s has no line \"%s\"", name,
				       keys[i]);
			return -EINVAL;
		}
	}
	return 0;
}
