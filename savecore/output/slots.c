// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * slots.c - the numbers of the dumps in a directory, and their rotation.
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

#include "infofile.h"
#include "slots.h"

/* Bytes; more than any info file that savecore writes has. */
#define INFO_MAX	16384

/* Files of dumps of this and of other programs. The first is the info file. */
static const char *const prefixes[] = {
	"info", "livecore", "vmcore", "vmcore_encrypted", "core.txt", "textdump.tar", "key",
};

#define NR_PREFIXES	(sizeof(prefixes) / sizeof(*prefixes))

struct dump_file {
	u64 number;
	struct timespec time;
};

struct dump_list {
	struct dump_file *file;
	size_t nr;
	u64 keep;		/* number of the dump that is not listed */
	uid_t owner;		/* of the directory */
};

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

typedef int (*slots_name_fn)(int dir, const char *name, void *arg);

/* Call fn(dir, name, arg) for all names in @dir until one fails. */
static int slots_each_name(int dir, slots_name_fn fn, void *arg)
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

/* Return @array, enlarged if needed for one more element. It doubles at powers of two. */
static void *slots_grow_array(void *array, size_t nr, size_t size)
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
};

static int slots_add_number(int dir, const char *name, void *arg)
{
	const struct number_scan *scan = arg;
	struct slots *slots = scan->slots;
	u64 number, *array;

	(void)dir;
	for (size_t i = scan->first; i < scan->end; i++) {
		if (!slot_parse(name, prefixes[i], true, &number))
			continue;
		array = slots_grow_array(slots->number, slots->nr, sizeof(*array));
		if (!array)
			return -ENOMEM;
		slots->number = array;
		slots->number[slots->nr++] = number;
		break;
	}
	return 0;
}

static int slots_scan_prefixes(struct slots *slots, int dir, size_t first, size_t end)
{
	struct number_scan scan = { .slots = slots, .first = first, .end = end };
	size_t nr = 0;
	int err;

	*slots = (struct slots){ 0 };
	err = slots_each_name(dir, slots_add_number, &scan);
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
	return slots_scan_prefixes(slots, dir, 0, NR_PREFIXES);
}

void slots_free(struct slots *slots)
{
	free(slots->number);
	*slots = (struct slots){ 0 };
}

static int slots_add_dump(int dir, const char *name, void *arg)
{
	struct dump_list *list = arg;
	struct dump_file *array;
	struct stat st;
	u64 number;

	if (!slot_parse(name, "livecore", false, &number) || number == list->keep)
		return 0;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return 0;
	/* In a directory with the sticky bit, files of other users do not count. */
	if (st.st_uid != geteuid() && st.st_uid != list->owner)
		return 0;
	array = slots_grow_array(list->file, list->nr, sizeof(*array));
	if (!array)
		return -ENOMEM;
	list->file = array;
	list->file[list->nr++] = (struct dump_file){ .number = number, .time = st.st_mtim };
	return 0;
}

/* Sort the newest first. */
static int slots_compare_ages(const void *a, const void *b)
{
	const struct dump_file *x = a, *y = b;

	if (x->time.tv_sec != y->time.tv_sec)
		return x->time.tv_sec > y->time.tv_sec ? -1 : 1;
	if (x->time.tv_nsec != y->time.tv_nsec)
		return x->time.tv_nsec > y->time.tv_nsec ? -1 : 1;
	return x->number > y->number ? -1 : x->number < y->number;
}

/* Whether info file @name is of a live dump, by @is_live: it may be of a crash dump. */
static bool slots_is_live_info(int dir, const char *name, bool (*is_live)(const char *text))
{
	char text[INFO_MAX];
	struct stat st;
	ssize_t n = -1;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	return is_live(text);
}

static int slots_remove_info(int dir, u64 number)
{
	char name[SLOT_NAME_MAX];

	slot_json_name(name, number);
	if (slots_is_live_info(dir, name, infofile_is_live_json) && unlinkat(dir, name, 0) &&
	    errno != ENOENT)
		return -errno;
	slot_name(name, "info", number);
	if (slots_is_live_info(dir, name, infofile_is_live) && unlinkat(dir, name, 0) &&
	    errno != ENOENT)
		return -errno;
	return 0;
}

/* Remove the dump before its info files: there is never a dump without them. */
static int slots_remove_dump(int dir, u64 number)
{
	char name[SLOT_NAME_MAX];

	slot_name(name, "livecore", number);
	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return -errno;
	return slots_remove_info(dir, number);
}

/* Remove info files of live dumps whose dump is gone: a power failure leaves them. */
static int slots_remove_lone_infos(int dir)
{
	struct slots infos, others = { 0 };
	size_t at = 0;
	int err;

	err = slots_scan_prefixes(&infos, dir, 0, 1);
	if (!err)
		err = slots_scan_prefixes(&others, dir, 1, NR_PREFIXES);
	for (size_t i = 0; i < infos.nr && !err; i++) {
		while (at < others.nr && others.number[at] < infos.number[i])
			at++;
		if (at == others.nr || others.number[at] != infos.number[i])
			err = slots_remove_info(dir, infos.number[i]);
	}
	slots_free(&infos);
	slots_free(&others);
	return err;
}

int slots_rotate(int dir, u64 keep, unsigned int max)
{
	struct dump_list list = { .keep = keep };
	struct stat st;
	int err, ret;

	if (fstat(dir, &st))
		return -errno;
	list.owner = st.st_uid;
	err = slots_each_name(dir, slots_add_dump, &list);
	if (!err && list.nr)
		qsort(list.file, list.nr, sizeof(*list.file), slots_compare_ages);
	for (size_t i = max ? max - 1 : 0; i < list.nr && !err; i++) {
		ret = slots_remove_dump(dir, list.file[i].number);
		if (ret)
			err = ret;
	}
	free(list.file);
	return err ? err : slots_remove_lone_infos(dir);
}
