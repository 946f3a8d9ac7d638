// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * trust.c - whose files in a directory savecore believes, replaces and removes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trust.h"

#define GROUP_WRITES	0020
#define ALL_WRITE	0002

/* struct statx of the kernel, for C libraries that lack statx(2). */
struct trust_statx {
	uint32_t mask;
	uint32_t blksize;
	uint64_t attributes;
	uint64_t rest[30];
};

#define ATTRIBUTE_APPEND	0x20

/* Whether names can only be added to @dir. */
static bool trust_finds_append(int dir)
{
	struct trust_statx stx = { 0 };

	return !syscall(SYS_statx, dir, "", AT_EMPTY_PATH, 0, &stx) &&
	       stx.attributes & ATTRIBUTE_APPEND;
}

int trust_read(struct trust *t, int dir)
{
	struct stat st;
	bool all;

	if (fstat(dir, &st))
		return -errno;
	all = st.st_mode & ALL_WRITE;
	*t = (struct trust){
		.user = geteuid(),
		.owner = st.st_uid,
		.mode = st.st_mode & 07777,
		.shared = all || (st.st_mode & GROUP_WRITES && st.st_mode & S_ISVTX),
		.group = st.st_mode & GROUP_WRITES && !(st.st_mode & S_ISVTX) && !all,
		.appends = trust_finds_append(dir),
	};
	return 0;
}

bool trust_knows(const struct trust *t, const struct stat *st)
{
	return st->st_uid == t->user || st->st_uid == t->owner || !st->st_uid;
}

bool trust_owns(const struct trust *t, const struct stat *st)
{
	if (st->st_uid == t->user)
		return true;
	/* With the sticky bit only root can remove files of others. */
	return st->st_uid == t->owner && !(t->mode & S_ISVTX && t->user);
}

bool trust_believes(const struct trust *t, const struct stat *st)
{
	if (!trust_knows(t, st) && !t->group)
		return false;
	/* The mode of a symbolic link says nothing. */
	if (!S_ISREG(st->st_mode))
		return true;
	if (st->st_mode & ALL_WRITE || (t->shared && st->st_mode & GROUP_WRITES))
		return false;
	/* Where links to others' files are not restricted, the owner has not made the name. */
	return !t->shared || st->st_nlink == 1;
}

int trust_open(const struct trust *t, int dir, const char *name, trust_fn trusts)
{
	struct stat st, found;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!trusts(t, &st))
		return -EPERM;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP ? -EPERM : -errno;
	/* It may have been replaced meanwhile. */
	if (fstat(fd, &found) || found.st_dev != st.st_dev || found.st_ino != st.st_ino ||
	    !trusts(t, &found)) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

int trust_refuse_open_directory(const struct trust *t, const char *path, const char *what,
				struct error *err)
{
	if ((t->mode & (S_ISVTX | ALL_WRITE)) != ALL_WRITE)
		return 0;
	error_set_code(err, ERROR_BAD_DIRECTORY,
		       "%s: everyone may replace files in it (mode %o)\nchmod it to 700, %s, or use -f",
		       path, t->mode, what);
	return -EPERM;
}

void trust_warn_readable(int fd, const char *path, struct error *warning)
{
	struct stat st;

	if (fstat(fd, &st) || !(st.st_mode & 0077))
		return;
	error_set(warning, "%s: %s can %s it (mode %o, owner %u): the file system stores no modes\nmount it so that only root can read it (umask=077, or file_mode=0600), or move the dump",
		  path, st.st_mode & 0007 ? "everyone" : "a group",
		  st.st_mode & 0044 ? "read" : "change", st.st_mode & 07777, st.st_uid);
}
