// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reserve.c - the small files that are stored with a dump, created before it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "reserve.h"

/* Bytes of the largest text, see INFO_MAX in slots.c. */
#define TEXT_BYTES	16384
#define NUMBER_BYTES	512

struct reserve {
	struct tempfile file[NR_RESERVE_FILES];
};

/* For file systems without fallocate(2). */
static int reserve_fill(int fd, size_t size)
{
	static const char zeros[NUMBER_BYTES];

	for (size_t at = 0; at < size; at += sizeof(zeros))
		if (pwrite(fd, zeros, sizeof(zeros), (off_t)at) < 0)
			return -errno;
	return 0;
}

static int reserve_create(struct tempfile *t, int dir, mode_t mode, size_t size)
{
	int ret = temp_create(t, dir, mode);

	if (ret)
		return ret;
	if (fallocate(t->fd, 0, 0, (off_t)size))
		ret = errno == ENOSPC || errno == EDQUOT ? -errno : reserve_fill(t->fd, size);
	/* Any other failure will have its message when the file is written. */
	return ret == -ENOSPC || ret == -EDQUOT ? ret : 0;
}

int reserve_open(struct reserve **reserve, int dir, bool json)
{
	struct reserve *r = malloc(sizeof(*r));
	int ret;

	if (!r)
		return -ENOMEM;
	for (int i = 0; i < NR_RESERVE_FILES; i++)
		r->file[i] = (struct tempfile)TEMPFILE_INIT;
	ret = reserve_create(&r->file[RESERVE_INFO], dir, 0600, TEXT_BYTES);
	if (!ret && json)
		ret = reserve_create(&r->file[RESERVE_JSON], dir, 0600, TEXT_BYTES);
	if (!ret)
		ret = reserve_create(&r->file[RESERVE_BOUNDS], dir, 0644, NUMBER_BYTES);
	if (ret) {
		reserve_close(r);
		return ret;
	}
	*reserve = r;
	return 0;
}

void reserve_take(struct reserve *r, enum reserve_file file, struct tempfile *t)
{
	if (!r)
		return;
	*t = r->file[file];
	r->file[file] = (struct tempfile)TEMPFILE_INIT;
}

void reserve_abandon(const struct reserve *r)
{
	for (int i = 0; r && i < NR_RESERVE_FILES; i++)
		if (r->file[i].name[0])
			unlinkat(r->file[i].dir, r->file[i].name, 0);
}

void reserve_close(struct reserve *r)
{
	for (int i = 0; r && i < NR_RESERVE_FILES; i++)
		temp_close(&r->file[i]);
	free(r);
}
