// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * slots.c - the numbers of the dumps in a directory.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "slots.h"

/* Files of dumps of this and of other programs. The first ones are about a dump. */
static const char *const prefixes[] = {
	"info", "why", "dmesg", "livecore", "vmcore", "vmcore_encrypted", "core.txt",
	"textdump.tar", "key",
};

#define NR_PREFIXES	(sizeof(prefixes) / sizeof(*prefixes))
#define NR_ABOUT	3U

void slot_name(char *buf, const char *prefix, u64 number)
{
	snprintf(buf, SLOT_NAME_MAX, "%s.%" PRIu64, prefix, number);
}

void slot_json_name(char *buf, u64 number)
{
	snprintf(buf, SLOT_NAME_MAX, "info.%" PRIu64 ".json", number);
}

bool slot_parse(const char *name, const char *prefix, bool suffix, u64 *number)
{
	size_t len = strlen(prefix);
	const char *digits = name + len + 1;
	size_t nr;

	if (strncmp(name, prefix, len) || name[len] != '.')
		return false;
	nr = strspn(digits, "0123456789");
	if (!nr || nr > 9 || (nr > 1 && *digits == '0'))
		return false;
	if (digits[nr] && !(suffix && digits[nr] == '.'))
		return false;
	*number = strtoull(digits, NULL, 10);
	return true;
}

int slots_each_name(int dir, slots_name_fn fn, void *arg)
{
	struct dirent *de;
	int fd, err = 0;
	DIR *d;

	/* Open the directory again: the position in @dir is shared. */
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	d = fdopendir(fd);
	if (!d) {
		err = -errno;
		close(fd);
		return err;
	}
	for (;;) {
		errno = 0;
		de = readdir(d);
		if (!de) {
			err = -errno;
			break;
		}
		err = fn(dir, de->d_name, arg);
		if (err)
			break;
	}
	closedir(d);
	return err;
}

static int slots_compare_numbers(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

void *slots_grow_array(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	return reallocarray(array, nr ? nr * 2 : 1, size);
}

/* The numbers found with prefixes[first] to prefixes[end - 1]. */
struct number_scan {
	struct slots *slots;
	size_t first;
	size_t end;
	const struct trust *trust;	/* NULL: files of all users count */
};

static int slots_add_number(int dir, const char *name, void *arg)
{
	const struct number_scan *scan = arg;
	struct slots *slots = scan->slots;
	u64 number, *array;
	struct stat st;

	for (size_t i = scan->first; i < scan->end; i++) {
		if (!slot_parse(name, prefixes[i], true, &number))
			continue;
		if (scan->trust && (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) ||
				    !trust_knows(scan->trust, &st)))
			break;
		array = slots_grow_array(slots->number, slots->nr, sizeof(*array));
		if (!array)
			return -ENOMEM;
		slots->number = array;
		slots->number[slots->nr++] = number;
		break;
	}
	return 0;
}

/* Find the numbers that @scan asks for. */
static int slots_run_scan(const struct number_scan *scan, int dir)
{
	struct slots *slots = scan->slots;
	size_t nr = 0;
	int err;

	*slots = (struct slots){ 0 };
	err = slots_each_name(dir, slots_add_number, (void *)scan);
	if (err) {
		slots_free(slots);
		return err;
	}
	if (slots->nr)
		qsort(slots->number, slots->nr, sizeof(*slots->number), slots_compare_numbers);
	for (size_t i = 0; i < slots->nr; i++)
		if (!nr || slots->number[nr - 1] != slots->number[i])
			slots->number[nr++] = slots->number[i];
	slots->nr = nr;
	return 0;
}

int slots_scan(struct slots *slots, int dir)
{
	const struct number_scan scan = { .slots = slots, .end = NR_PREFIXES };

	return slots_run_scan(&scan, dir);
}

int slots_scan_trusted(struct slots *slots, int dir, const struct trust *trust)
{
	const struct number_scan scan = { .slots = slots, .end = NR_PREFIXES, .trust = trust };

	return slots_run_scan(&scan, dir);
}

int slots_scan_infos(struct slots *slots, int dir)
{
	const struct number_scan scan = { .slots = slots, .end = NR_ABOUT };

	return slots_run_scan(&scan, dir);
}

int slots_scan_dumps(struct slots *slots, int dir)
{
	const struct number_scan scan = { .slots = slots, .first = NR_ABOUT, .end = NR_PREFIXES };

	return slots_run_scan(&scan, dir);
}

void slots_free(struct slots *slots)
{
	free(slots->number);
	*slots = (struct slots){ 0 };
}
