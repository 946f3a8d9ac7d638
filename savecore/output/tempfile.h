/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tempfile.h - files that appear under their name only when they are whole.
 *
 * Where the file system can do it a temporary file has no name at all, and is
 * gone with its process. Elsewhere its name starts with TEMP_PREFIX and its
 * owner holds an flock(2) on it; temp_sweep() removes those without an owner.
 */
#ifndef LIVEDUMP_TEMPFILE_H
#define LIVEDUMP_TEMPFILE_H

#include <stdbool.h>
#include <sys/types.h>

#define TEMP_PREFIX	".savecore-"
#define TEMP_NAME_MAX	24

struct tempfile {
	int dir;			/* directory, the caller's */
	int fd;				/* -1: there is none */
	char name[TEMP_NAME_MAX];	/* empty: has no name */
};

#define TEMPFILE_INIT	{ .dir = -1, .fd = -1 }

/*
 * Create a file for reading and writing in @dir, with exactly @mode. All
 * return 0 or a negative errno.
 */
int temp_create(struct tempfile *t, int dir, mode_t mode);

/* The same with a name, for file systems without O_TMPFILE. */
int temp_create_named(struct tempfile *t, int dir, mode_t mode);

/* Let it appear as @name. -EEXIST if there is something of that name. */
int temp_link(struct tempfile *t, const char *name);

/* The same, in place of what is there. */
int temp_replace(struct tempfile *t, const char *name);

/* Close it; without a temp_link() or temp_replace() nothing remains. */
void temp_close(struct tempfile *t);

/*
 * Make @name a symbolic link to @target, in place of a symbolic link that is
 * there. -EEXIST if @name is something else. The caller holds the directory's
 * lock.
 */
int temp_symlink(int dir, const char *target, const char *name);

/*
 * Remove what killed processes have left in @dir. @locked: the caller holds
 * the directory's lock, so that no symbolic link is in use.
 */
void temp_sweep(int dir, bool locked);

#endif
