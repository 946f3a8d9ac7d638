// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * tempfile.c - files that get their name only when they are complete.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/libc.h"
#include "tempfile.h"
#include "trust.h"

#define TEMP_DIGITS	12
#define TEMP_TRIES	100

/* A sweep holds a lock for as long as it takes to remove a name. */
#define LOCK_STEP_MS	10
#define LOCK_STEPS	50

static int temp_make_name(char *name)
{
	uint64_t bits;

	if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits))
		return -EIO;
	snprintf(name, TEMP_NAME_MAX, TEMP_PREFIX "%0*llx", TEMP_DIGITS,
		 (unsigned long long)bits >> (64 - 4 * TEMP_DIGITS));
	return 0;
}

static bool temp_is_name(const char *name)
{
	size_t len = sizeof(TEMP_PREFIX) - 1;

	return !strncmp(name, TEMP_PREFIX, len) && strlen(name) == len + TEMP_DIGITS &&
	       strspn(name + len, "0123456789abcdef") == TEMP_DIGITS;
}

/* Close and remove the file of @t, and return @err. */
static int temp_give_up(struct tempfile *t, int err)
{
	temp_close(t);
	return err;
}

/* Whether names can be added to @dir, but not removed (chattr +a). */
static bool temp_dir_appends(int dir)
{
	struct trust trust;

	return !trust_read(&trust, dir) && trust.appends;
}

/* Some file systems store no modes, and may say so. */
static int temp_set_mode(int fd, mode_t mode)
{
	if (!fchmod(fd, mode) || errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS)
		return 0;
	return -errno;
}

/*
 * Lock the new file. Returns false if temp_sweep() of another process locked it
 * first: then the name is removed, and another file is needed. Where modes are not
 * stored another user may have the lock, and keep it: then no sweep can have it.
 */
static bool temp_lock(struct tempfile *t)
{
	struct stat st;

	for (int i = 0; i < LOCK_STEPS && flock(t->fd, LOCK_EX | LOCK_NB); i++) {
		if (errno != EINTR && errno != EWOULDBLOCK)
			return true;	/* locks are not supported: a sweep cannot lock it */
		poll(NULL, 0, LOCK_STEP_MS);
	}
	return !fstat(t->fd, &st) && st.st_nlink;
}

int temp_create_named(struct tempfile *t, int dir, mode_t mode)
{
	*t = (struct tempfile){ .dir = dir, .fd = -1 };
	if (temp_dir_appends(dir))
		return -EPERM;
	for (int i = 0; i < TEMP_TRIES; i++) {
		int err;

		*t = (struct tempfile){ .dir = dir, .fd = -1 };
		err = temp_make_name(t->name);
		if (err)
			return temp_give_up(t, err);
		/* Nobody else can open it, and take its lock, before it is locked. */
		t->fd = openat(dir, t->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			       mode & 0600);
		if (t->fd < 0) {
			err = -errno;
			t->name[0] = '\0';
			if (err != -EEXIST)
				return err;
			continue;
		}
		if (!temp_lock(t)) {
			temp_close(t);
			continue;
		}
		err = temp_set_mode(t->fd, mode);
		return err ? temp_give_up(t, err) : 0;
	}
	return -EEXIST;
}

/* From kernels and file systems without O_TMPFILE. */
static bool temp_needs_name(int err)
{
	return err == EOPNOTSUPP || err == EINVAL || err == EISDIR || err == ENOENT;
}

int temp_create(struct tempfile *t, int dir, mode_t mode)
{
	*t = (struct tempfile){ .dir = dir };
	t->fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
	if (t->fd < 0) {
		if (temp_needs_name(errno))
			return temp_create_named(t, dir, mode);
		return -errno;
	}
	/* temp_replace() gives it a temporary name, which a sweep must not remove. */
	flock(t->fd, LOCK_EX | LOCK_NB);
	if (fchmod(t->fd, mode))
		return temp_give_up(t, -errno);
	return 0;
}

int temp_create_nothing(struct tempfile *t, int dir)
{
	*t = (struct tempfile){ .dir = dir };
	t->fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (t->fd >= 0)
		return 0;
	if (!temp_needs_name(errno))
		return -errno;
	return faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) ? -errno : 0;
}

/* Give a file without a name its first one. */
static int temp_link_unnamed(const struct tempfile *t, const char *name)
{
	char path[64];

	if (!linkat(t->fd, "", t->dir, name, AT_EMPTY_PATH))
		return 0;
	if (errno == EEXIST)
		return -EEXIST;
	/* This way needs no capability, but it needs /proc. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", t->fd);
	if (!linkat(AT_FDCWD, path, t->dir, name, AT_SYMLINK_FOLLOW))
		return 0;
	return -errno;
}

/*
 * Rename on a file system that cannot be asked to replace nothing. Without hard
 * links, too, it can only look first.
 */
static int temp_rename_unless_there(const struct tempfile *t, const char *name)
{
	struct stat st;

	if (!linkat(t->dir, t->name, t->dir, name, 0)) {
		unlinkat(t->dir, t->name, 0);
		return 0;
	}
	if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
		return -errno;
	if (!fstatat(t->dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return -EEXIST;
	return renameat(t->dir, t->name, t->dir, name) ? -errno : 0;
}

int temp_write(const struct tempfile *t, const void *buf, size_t len)
{
	while (len) {
		ssize_t n = write(t->fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		buf = (const char *)buf + n;
		len -= (size_t)n;
	}
	return 0;
}

int temp_link(struct tempfile *t, const char *name)
{
	int err = 0;

	if (!t->name[0])
		return temp_link_unnamed(t, name);
	if (renameat2(t->dir, t->name, t->dir, name, RENAME_NOREPLACE))
		err = -errno;
	if (err == -EINVAL || err == -ENOSYS)
		err = temp_rename_unless_there(t, name);
	if (!err)
		t->name[0] = '\0';
	return err;
}

int temp_replace(struct tempfile *t, const char *name)
{
	/* A temporary name could not be removed again. */
	if (!t->name[0] && temp_dir_appends(t->dir)) {
		int err = temp_link_unnamed(t, name);

		return err == -EEXIST ? -EPERM : err;
	}
	for (int i = 0; i < TEMP_TRIES && !t->name[0]; i++) {
		char temp[TEMP_NAME_MAX];
		int err = temp_make_name(temp);

		if (!err)
			err = temp_link_unnamed(t, temp);
		if (!err)
			memcpy(t->name, temp, sizeof(temp));
		else if (err != -EEXIST)
			return err;
	}
	if (!t->name[0])
		return -EEXIST;
	if (renameat(t->dir, t->name, t->dir, name))
		return -errno;
	t->name[0] = '\0';
	return 0;
}

void temp_close(struct tempfile *t)
{
	if (t->name[0])
		unlinkat(t->dir, t->name, 0);
	t->name[0] = '\0';
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

/* Replace the symbolic link @name, for which the caller has looked, by one to @target. */
static int temp_replace_symlink(int dir, const char *target, const char *name)
{
	char temp[TEMP_NAME_MAX];
	int err;

	if (temp_dir_appends(dir))
		return -EPERM;
	err = temp_make_name(temp);
	if (err)
		return err;
	if (symlinkat(target, dir, temp))
		return -errno;
	if (renameat(dir, temp, dir, name)) {
		err = -errno;
		unlinkat(dir, temp, 0);
		return err;
	}
	return 0;
}

int temp_symlink(int dir, const char *target, const char *name)
{
	struct stat st;

	if (!fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return S_ISLNK(st.st_mode) ? temp_replace_symlink(dir, target, name) : -EEXIST;
	return symlinkat(target, dir, name) ? -errno : 0;
}

static void temp_sweep_file(int dir, const struct trust *trust, const char *name, bool locked)
{
	struct stat st, found;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !trust_owns(trust, &st))
		return;
	if (S_ISLNK(st.st_mode) && locked)
		unlinkat(dir, name, 0);
	if (!S_ISREG(st.st_mode))
		return;
	fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	/* The file has no owner now, so nothing renames it before it is removed. */
	if (!flock(fd, LOCK_EX | LOCK_NB) && !fstat(fd, &found) && found.st_ino == st.st_ino &&
	    trust_owns(trust, &found))
		unlinkat(dir, name, 0);
	close(fd);
}

void temp_sweep(int dir, bool locked)
{
	struct trust trust;
	struct dirent *de;
	DIR *d;
	int fd;

	if (trust_read(&trust, dir) || trust.appends)
		return;
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return;
	}
	while ((de = readdir(d)))
		if (temp_is_name(de->d_name))
			temp_sweep_file(dir, &trust, de->d_name, locked);
	closedir(d);
}
