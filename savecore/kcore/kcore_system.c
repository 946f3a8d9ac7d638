// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kcore_system.c - read the name of the system and its number of CPUs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/hint.h"
#include "kcore_system.h"

#define FILE_MAX	4096U
#define CPUS_MAX	65536UL

#define NR_UTS		6U
#define KEY_CPUS	NR_UTS

/* In the order of struct new_utsname. */
static const char *const keys[NR_UTS + 1] = {
	"sysname", "nodename", "release", "version", "machine", "domainname", "cpus",
};

/* One past the last number in a list of CPUs such as "0-2,5"; 0 if it is none. */
static u32 kcore_system_list_end(const char *list)
{
	const char *last = list + strcspn(list, "\n");
	unsigned long cpu;

	while (last > list && last[-1] >= '0' && last[-1] <= '9')
		last--;
	errno = 0;
	cpu = strtoul(last, NULL, 10);
	return *last >= '0' && *last <= '9' && !errno && cpu < CPUS_MAX ? (u32)cpu + 1 : 0;
}

static u32 kcore_system_read_present(void)
{
	int fd = open("/sys/devices/system/cpu/present", O_RDONLY | O_CLOEXEC);
	char list[FILE_MAX];
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, list, sizeof(list) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	list[n] = '\0';
	return kcore_system_list_end(list);
}

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
	sys->cpus_end = kcore_system_read_present();
	if (sys->cpus_end < sys->nr_cpus)
		sys->cpus_end = sys->nr_cpus;
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
	sys->cpus_end = sys->nr_cpus;
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

		error_set(err, "cannot read %s: %s\n%s", name, strerror(-rc),
			  hint_of(HINT_KERNEL, -rc));
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
