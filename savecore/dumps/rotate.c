// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * rotate.c - remove old live dumps from a directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "infofile.h"
#include "rotate.h"
#include "slots.h"

static int rotate_compare(const void *a, const void *b)
{
	const struct stored_dump *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/*
 * Sort the newest first: by how far a number is behind that of the new dump. For one
 * above it the difference wraps around, to what is more than any other.
 */
static void rotate_sort(struct dump_list *list, u64 keep)
{
	for (size_t i = 0; i < list->nr; i++)
		list->dump[i].number = keep - list->dump[i].number;
	if (list->nr)
		qsort(list->dump, list->nr, sizeof(*list->dump), rotate_compare);
	for (size_t i = 0; i < list->nr; i++)
		list->dump[i].number = keep - list->dump[i].number;
}

/* Have the newest whole dump come first. Returns whether there is one. */
static bool rotate_spare(struct dump_list *list)
{
	struct stored_dump whole;
	size_t at = 0;

	while (at < list->nr && !list->dump[at].whole)
		at++;
	if (at == list->nr)
		return false;
	whole = list->dump[at];
	memmove(list->dump + 1, list->dump, at * sizeof(*list->dump));
	list->dump[0] = whole;
	return true;
}

static bool rotate_may_remove(const struct stored_dump *dump, u64 keep,
			      const struct rotate_limits *limits)
{
	if (limits->newer && dump->number > keep && dump->number >= limits->newer)
		return false;
	return dump->own && dump->number != keep;
}

size_t rotate_plan(struct dump_list *list, u64 keep, u64 bytes,
		   const struct rotate_limits *limits)
{
	u64 most = limits->bytes >= bytes ? limits->bytes : 0;
	size_t nr = 0, stay = 0;
	bool spared;

	for (size_t i = 0; i < list->nr; i++)
		if (rotate_may_remove(&list->dump[i], keep, limits))
			list->dump[nr++] = list->dump[i];
	list->nr = nr;
	rotate_sort(list, keep);
	spared = limits->spare_whole && rotate_spare(list);
	for (; stay < nr; stay++) {
		bytes += list->dump[stay].disk;
		if ((limits->dumps && stay + 1 >= limits->dumps) ||
		    (most && bytes > most))
			break;
	}
	return spared && !stay ? 1 : stay;
}

int rotate_foresee(struct rotate_preview *preview, int dir, const struct trust *trust, u64 keep,
		   u64 bytes, const struct rotate_limits *limits)
{
	struct dump_list list;
	size_t stay;
	int err;

	*preview = (struct rotate_preview){ 0 };
	err = dumps_read(&list, dir, trust);
	if (err)
		return err;
	stay = rotate_plan(&list, keep, bytes, limits);
	preview->dumps = list.nr;
	preview->removed = list.nr - stay;
	for (size_t i = 0; i < list.nr; i++) {
		preview->bytes += list.dump[i].disk;
		preview->removed_bytes += i < stay ? 0 : list.dump[i].disk;
	}
	dumps_free(&list);
	return 0;
}

/* Remove info file @name if it is ours and, by @is_live, of a live dump: not of a crash dump. */
static int rotate_remove_info(int dir, const struct trust *trust, const char *name,
			      bool (*is_live)(const char *text))
{
	char text[DUMPS_INFO_MAX];

	if (dumps_read_info(text, dir, name, trust, trust_owns) || !is_live(text))
		return 0;
	return unlinkat(dir, name, 0) && errno != ENOENT ? -errno : 0;
}

static int rotate_remove_infos(int dir, const struct trust *trust, u64 number)
{
	char name[SLOT_NAME_MAX];
	int err;

	slot_name(name, "dmesg", number);
	err = rotate_remove_info(dir, trust, name, infofile_is_live_log);
	if (err)
		return err;
	slot_name(name, "why", number);
	err = rotate_remove_info(dir, trust, name, infofile_is_live_why);
	if (err)
		return err;
	slot_json_name(name, number);
	err = rotate_remove_info(dir, trust, name, infofile_is_live_json);
	if (err)
		return err;
	slot_name(name, "info", number);
	return rotate_remove_info(dir, trust, name, infofile_is_live);
}

/* Remove the dump before its info files: there is never a dump without them. */
static int rotate_remove_dump(int dir, const struct trust *trust, u64 number)
{
	char name[SLOT_NAME_MAX];

	slot_name(name, "livecore", number);
	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return -errno;
	return rotate_remove_infos(dir, trust, number);
}

int rotate_leftovers(int dir, const struct trust *trust)
{
	struct slots infos, others = { 0 };
	size_t at = 0;
	int err;

	err = slots_scan_infos(&infos, dir);
	if (!err)
		err = slots_scan_dumps(&others, dir);
	for (size_t i = 0; i < infos.nr && !err; i++) {
		while (at < others.nr && others.number[at] < infos.number[i])
			at++;
		if (at == others.nr || others.number[at] != infos.number[i])
			err = rotate_remove_infos(dir, trust, infos.number[i]);
	}
	slots_free(&infos);
	slots_free(&others);
	return err;
}

/* The space that dump @number takes on the disk. */
static u64 rotate_disk_bytes(const struct dump_list *list, u64 number)
{
	for (size_t i = 0; i < list->nr; i++)
		if (list->dump[i].number == number)
			return list->dump[i].disk;
	return 0;
}

/* A dump counts as whole only if its own info file says so. */
static void rotate_find_whole(struct dump_list *list, int dir, const struct trust *trust)
{
	char text[DUMPS_INFO_MAX], name[SLOT_NAME_MAX];

	for (size_t i = 0; i < list->nr; i++) {
		slot_name(name, "info", list->dump[i].number);
		list->dump[i].whole = !dumps_read_info(text, dir, name, trust, trust_owns) &&
				      infofile_is_live(text) && infofile_is_whole(text);
	}
}

int rotate_dumps(int dir, const struct trust *trust, u64 keep, const struct rotate_limits *limits)
{
	struct dump_list list;
	size_t stay;
	int err;

	err = dumps_read(&list, dir, trust);
	if (err)
		return err;
	if (limits->spare_whole)
		rotate_find_whole(&list, dir, trust);
	stay = rotate_plan(&list, keep, rotate_disk_bytes(&list, keep), limits);
	/* The oldest first: what is left if one cannot be removed is the newest. */
	for (size_t i = list.nr; i > stay && !err; i--)
		err = rotate_remove_dump(dir, trust, list.dump[i - 1].number);
	dumps_free(&list);
	return err;
}
