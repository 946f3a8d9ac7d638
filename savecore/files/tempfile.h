/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tempfile.h - files that get their name only when they are complete.
 *
 * On file systems that support O_TMPFILE a temporary file has no name, and
 * vanishes with its process. On others its name begins with TEMP_PREFIX and its
 * owner holds an flock(2) on it; temp_sweep() removes files without an owner.
 */
#ifndef LIVEDUMP_TEMPFILE_H
#define LIVEDUMP_TEMPFILE_H

#include <stdbool.h>
#include <sys/types.h>

#define TEMP_PREFIX	".savecore-"
#define TEMP_NAME_MAX	24

struct tempfile {
	int dir;			/* the directory; belongs to the caller */
	int fd;				/* -1: there is no file */
	char name[TEMP_NAME_MAX];	/* empty: the file has no name */
};

#define TEMPFILE_INIT	{ .dir = -1, .fd = -1 }

/*
 * Create a file for reading and writing in @dir, with exactly @mode. All
 * functions here that return an int return 0 or a negative errno.
 */
int temp_create(struct tempfile *t, int dir, mode_t mode);

/*
 * The same with a name, for file systems without O_TMPFILE. -EPERM in an append-only
 * directory (chattr +a), where the name could not be removed again.
 */
int temp_create_named(struct tempfile *t, int dir, mode_t mode);

/*
 * Check that temp_create() could create a file, without giving one a name: t->fd is
 * -1 on file systems without O_TMPFILE.
 */
int temp_create_nothing(struct tempfile *t, int dir);

/* Write all of @buf where the file ends by now. */
int temp_write(const struct tempfile *t, const void *buf, size_t len);

/* Give the file the name @name. -EEXIST if that exists. */
int temp_link(struct tempfile *t, const char *name);

/*
 * The same; replaces a file that has the name. In an append-only directory it
 * returns -EPERM if there is one.
 */
int temp_replace(struct tempfile *t, const char *name);

/* Close the file. Unless temp_link() or temp_replace() succeeded, it is removed. */
void temp_close(struct tempfile *t);

/*
 * Make @name a symbolic link to @target. A symbolic link of that name is
 * replaced; -EEXIST if @name is something else. The caller holds the lock of the
 * directory.
 */
int temp_symlink(int dir, const char *target, const char *name);

/*
 * Remove temporary files that killed processes have left in @dir. @locked: the
 * caller holds the lock of the directory, so that no symbolic link is in use.
 */
void temp_sweep(int dir, bool locked);

#endif
