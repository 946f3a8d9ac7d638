/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trust.h - whose files in a directory savecore believes, replaces and removes.
 *
 * A directory is *shared* if users can create names in it who may not replace the
 * names of others: mode 1777, or 3777 as /var/crash has on some systems. There a
 * file with any name may be anybody's. Nothing is believed of it, and nothing
 * waits for it, unless it belongs to root, to who runs savecore, or to the owner
 * of the directory, who can replace every name anyway.
 */
#ifndef LIVEDUMP_TRUST_H
#define LIVEDUMP_TRUST_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/error.h"

struct trust {
	uid_t user;		/* who runs savecore */
	uid_t owner;		/* of the directory */
	mode_t mode;		/* of the directory */
	bool shared;
	bool group;		/* its group may replace any name: all who make one are trusted */
	bool appends;		/* names can be added, but not replaced or removed (chattr +a) */
};

/* Returns 0 or a negative errno. */
int trust_read(struct trust *t, int dir);

/* Whether the file belongs to a user who is trusted, see above. */
bool trust_knows(const struct trust *t, const struct stat *st);

/*
 * Whether it may be replaced or removed: it belongs to who runs savecore, or to who
 * owns the directory, if that user's files can be removed at all.
 */
bool trust_owns(const struct trust *t, const struct stat *st);

/* Whether only trusted users can have made the file, and can write to it. */
bool trust_believes(const struct trust *t, const struct stat *st);

/* One of the functions above. */
typedef bool (*trust_fn)(const struct trust *t, const struct stat *st);

/*
 * Open the regular file @name to read it, if @trusts says so: otherwise it is not
 * opened, and -EPERM returned. -EINVAL if it is something else than a file, or
 * another negative errno.
 */
int trust_open(const struct trust *t, int dir, const char *name, trust_fn trusts);

/*
 * Refuse a directory in which everyone can replace everything: -EPERM with @err
 * set. @what may be done instead of changing its mode.
 */
int trust_refuse_open_directory(const struct trust *t, const char *path, const char *what,
				struct error *err);

/*
 * Say in @warning that others can read the file @fd, which savecore made with mode
 * 0600: some file systems store no modes.
 */
void trust_warn_readable(int fd, const char *path, struct error *warning);

#endif
