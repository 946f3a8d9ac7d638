// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kcore_iomem.c - find the memory that is reserved for a crash kernel, from
 * /proc/iomem.
 *
 * A line is "START-END : NAME". END is the last byte; both are hexadecimal.
 * The indentation says how deep the resource is nested. Blank lines are skipped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hint.h"
#include "kcore_iomem.h"
#include "port/procfile.h"

#define CRASH_MAX	64U	/* ranges; a kernel has two, a low and a high one */

static int kcore_iomem_parse_line(const char *line, unsigned int page_shift,
				  struct kcore_crash *crash)
{
	u64 start, end;
	int name = 0;

	if (!line[strspn(line, " \t\r\n")])
		return 0;
	if (sscanf(line, " %16" SCNx64 "-%16" SCNx64 " : %n", &start, &end, &name) != 2 || !name ||
	    start > end)
		return -EINVAL;
	if (strncmp(line + name, "Crash kernel", strlen("Crash kernel")) != 0)
		return 0;
	if (!end) {
		crash->hidden = true;
		return 0;
	}
	if (crash->nr == CRASH_MAX)
		return -EINVAL;
	crash->range[crash->nr].start = start >> page_shift;
	crash->range[crash->nr].end = (end >> page_shift) + 1;
	crash->nr++;
	return 0;
}

int kcore_iomem_crash(int fd, unsigned int page_shift, struct kcore_crash *crash,
		      const char *name, struct error *err)
{
	char *line = NULL;
	size_t cap = 0, lines = 0;
	int rc = 0, copy;
	FILE *f;

	*crash = (struct kcore_crash){ .range = calloc(CRASH_MAX, sizeof(*crash->range)) };
	copy = dup(fd);
	f = copy < 0 ? NULL : fdopen(copy, "r");
	if (!crash->range || !f) {
		rc = -errno;
		error_set(err, "cannot read %s: %s\n%s", name, strerror(-rc),
			  hint_of(HINT_KERNEL, -rc));
		if (f)
			fclose(f);
		else if (copy >= 0)
			close(copy);
		return rc;
	}
	errno = 0;
	while (!rc && getline(&line, &cap, f) >= 0) {
		lines++;
		rc = kcore_iomem_parse_line(line, page_shift, crash);
		if (rc)
			error_set_code(err, ERROR_BAD_MEMORY_IMAGE,
				       "%s: line %zu is not a memory resource", name, lines);
	}
	if (!rc && !feof(f)) {
		rc = errno ? -errno : -EIO;
		error_set(err, "cannot read %s: %s\n%s", name, strerror(-rc),
			  hint_of(HINT_KERNEL, -rc));
	}
	free(line);
	fclose(f);
	return rc;
}

bool kcore_iomem_may_be_reserved(const struct kcore_files *files)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	char text[32];
	u64 size;
	int fd, rc;

	fd = files->live ? open("/sys/kernel/" KCORE_CRASH_SIZE, flags) :
			   openat(files->dir, KCORE_CRASH_SIZE, flags);
	if (fd < 0)
		return true;
	rc = procfile_read_fd(fd, text, sizeof(text));
	close(fd);
	return rc || !procfile_number(text, "", "\n", &size) || size;
}
