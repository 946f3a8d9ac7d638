/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dirlock.h - one savecore at a time in a directory.
 *
 * Whoever can open a directory can lock it with flock(2). If others can, the
 * lock is on a file that only this user can open, in /run/savecore (root) or
 * /run/user/UID/savecore: its name has the device and inode of the directory. The
 * files are empty and stay until the system boots.
 */
#ifndef LIVEDUMP_DIRLOCK_H
#define LIVEDUMP_DIRLOCK_H

#include "base/error.h"
#include "trust.h"

/*
 * Lock @dir. *@fd is set to a descriptor that the caller closes to unlock it, or
 * to DIRLOCK_OWN if the lock is on @dir itself. -EBUSY if another savecore has the
 * lock. Without a place for the file @dir is locked all the same; if another
 * program has that lock for longer than a moment, it is ignored, *@fd is
 * DIRLOCK_NONE and @warning set. Returns 0 or a negative errno with @err set.
 */
#define DIRLOCK_OWN	(-1)
#define DIRLOCK_NONE	(-2)

int dirlock_take(int dir, const struct trust *t, const char *path, int *fd,
		 struct error *warning, struct error *err);

/* Unlock @dir before it is closed. *@fd is DIRLOCK_NONE afterwards. */
void dirlock_release(int dir, int *fd);

#endif
