// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * dirlock.c - one savecore at a time in a directory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "dirlock.h"

#define NAME_MAX_LEN	64

/* How long another program may hold the lock of a directory that it can open. */
#define WAIT_STEP_MS	50
#define WAIT_STEPS	20

/* Whether nobody else can open the directory. */
static bool dirlock_is_private(const struct trust *t)
{
	return !(t->mode & 0044) && (!t->owner || t->owner == t->user);
}

/* Open a directory in which only root and this user can create names. */
static int dirlock_open_safe(int at, const char *name, const struct trust *t)
{
	int dir = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (dir < 0)
		return -errno;
	if (!fstat(dir, &st) && (!st.st_uid || st.st_uid == t->user) &&
	    !(st.st_mode & 0022))
		return dir;
	close(dir);
	return -EPERM;
}

/* Open the file to lock in place of @dir. Returns a descriptor or a negative errno. */
static int dirlock_open_file(int dir, const struct trust *t)
{
	char name[NAME_MAX_LEN] = "/run";
	struct stat st;
	int run, place, fd;

	if (t->user)
		snprintf(name, sizeof(name), "/run/user/%u", t->user);
	if (fstat(dir, &st))
		return -errno;
	run = dirlock_open_safe(AT_FDCWD, name, t);
	if (run < 0)
		return run;
	place = mkdirat(run, "savecore", 0700) && errno != EEXIST ? -errno : 0;
	if (!place)
		place = dirlock_open_safe(run, "savecore", t);
	close(run);
	if (place < 0)
		return place;
	snprintf(name, sizeof(name), "lock-%llx-%llx", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	fd = openat(place, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = -errno;
	close(place);
	return fd;
}

static int dirlock_refuse(int ret, const char *path, struct error *err)
{
	if (ret == -EWOULDBLOCK) {
		error_set(err, "%s: another savecore is using this directory\nwait for it, or use another directory",
			  path);
		return -EBUSY;
	}
	error_set_code(err, ERROR_BAD_DIRECTORY,
		       "%s: cannot lock the directory: %s\nuse a directory on a local file system",
		       path, strerror(-ret));
	return ret;
}

int dirlock_take(int dir, const struct trust *t, const char *path, int *fd,
		 struct error *warning, struct error *err)
{
	bool own = dirlock_is_private(t);

	*fd = own ? DIRLOCK_OWN : dirlock_open_file(dir, t);
	if (*fd < 0)
		*fd = DIRLOCK_OWN;
	for (int i = 0;; i++) {
		int ret = flock(*fd >= 0 ? *fd : dir, LOCK_EX | LOCK_NB) ? -errno : 0;

		/* Then systemd-tmpfiles leaves the directory alone, unless others have it. */
		if (!ret && *fd >= 0)
			flock(dir, LOCK_EX | LOCK_NB);
		if (!ret)
			return 0;
		if (ret != -EWOULDBLOCK || own || *fd >= 0)
			return dirlock_refuse(ret, path, err);
		if (i == WAIT_STEPS)
			break;
		poll(NULL, 0, WAIT_STEP_MS);
	}
	error_set(warning, "%s: another program has locked the directory, which every user may do: going on without the lock",
		  path);
	*fd = DIRLOCK_NONE;
	return 0;
}

void dirlock_release(int dir, int *fd)
{
	if (*fd >= 0)
		close(*fd);
	else if (*fd == DIRLOCK_OWN)
		flock(dir, LOCK_UN);
	*fd = DIRLOCK_NONE;
}
