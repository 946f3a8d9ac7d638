/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reserve.h - the small files that are stored with a dump, created before it.
 *
 * They are written last, when the dump may have filled the file system or the quota.
 * So their inodes and blocks are allocated first.
 */
#ifndef LIVEDUMP_RESERVE_H
#define LIVEDUMP_RESERVE_H

#include <stdbool.h>

#include "tempfile.h"

enum reserve_file {
	RESERVE_INFO,
	RESERVE_JSON,
	RESERVE_BOUNDS,
	NR_RESERVE_FILES
};

struct reserve;

/*
 * Create the files in @dir, with their modes; info.N.json only if @json. Returns 0
 * or a negative errno.
 */
int reserve_open(struct reserve **reserve, int dir, bool json);

/* Move a file to @t, which has none. Does nothing if there is no reserve or no such file. */
void reserve_take(struct reserve *reserve, enum reserve_file file, struct tempfile *t);

/* Remove what reserve_close() would, from another thread, just before the process ends. */
void reserve_abandon(const struct reserve *reserve);

/* Remove the files that were not taken. @reserve may be NULL. */
void reserve_close(struct reserve *reserve);

#endif
