// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * output.c - where a dump goes: a slot of a directory, a file, or a stream.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/hint.h"
#include "base/process/pagecache.h"
#include "output.h"
#include "quota.h"

#define FIFO_WAIT_MS	50
#define PIPE_BYTES	(1 << 20)	/* as much as users may have by default */

/* Whether the directory was removed, as "." may be: then the errno says little. */
static bool output_lost_directory(const struct output *o)
{
	int dir = o->kind == OUTPUT_SLOT ? o->store.dir : o->dir;
	struct stat st;

	return dir >= 0 && !fstat(dir, &st) && !st.st_nlink;
}

static int output_cannot_write(const struct output *o, int ret, struct error *err)
{
	if (output_lost_directory(o))
		error_set_code(err, ERROR_NOT_FOUND,
			       "%s: the directory was removed\nname another directory", o->where);
	else
		error_set(err, "%s: %s\n%s", o->where, strerror(-ret),
			  hint_of(HINT_CREATE, -ret));
	return ret;
}

static int output_create_temp(struct output *o, int dir, bool dry_run, struct error *err)
{
	int ret = dry_run ? temp_create_nothing(&o->temp, dir) : temp_create(&o->temp, dir, 0600);

	if (ret)
		return output_cannot_write(o, ret, err);
	o->fd = o->temp.fd;
	return 0;
}

static int output_open_slot(struct output *o, const struct output_params *params, struct error *err)
{
	int ret;

	o->kind = OUTPUT_SLOT;
	o->where = params->directory;
	ret = params->dry_run ?
	      store_open_to_look(&o->store, params->directory, params->force, err) :
	      store_open(&o->store, params->directory, params->force, err);
	/* A dry run reports minfree itself. */
	if (!ret && !params->dry_run)
		ret = store_check_minfree(&o->store, err);
	if (ret)
		return ret;
	o->store.max_total = params->max_total;
	ret = params->dry_run ? 0 : reserve_open(&o->store.reserve, o->store.dir, params->json);
	if (ret)
		return output_cannot_write(o, ret, err);
	return output_create_temp(o, o->store.dir, params->dry_run, err);
}

/* Open the directory of @file, and find its name there. Returns a negative errno if not. */
static int output_open_directory(const char *file, const char **name)
{
	const char *slash = strrchr(file, '/');
	char path[PATH_MAX] = ".";
	int dir;

	*name = slash ? slash + 1 : file;
	if (slash) {
		size_t len = slash == file ? 1 : (size_t)(slash - file);

		if (len >= sizeof(path))
			return -ENAMETOOLONG;
		memcpy(path, file, len);
		path[len] = '\0';
	}
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -errno : dir;
}

/*
 * Whether a FIFO or the like may be written to: in a shared directory another user
 * could have made it to get the dump. @st is what its name is now, maybe a link.
 */
static bool output_trusts_stream(const char *file, struct stat *st)
{
	struct trust trust;
	const char *name;
	bool trusted;
	int dir;

	dir = output_open_directory(file, &name);
	if (dir < 0)
		return false;
	trusted = !trust_read(&trust, dir) && !fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) &&
		  (!trust.shared || trust_believes(&trust, st));
	close(dir);
	return trusted;
}

/* Wait until the FIFO has a reader; not in open(2), which cannot be cancelled. */
static int output_open_fifo(const struct output_params *params, int flags,
			    const struct ld_control *control)
{
	int fd;

	for (;;) {
		fd = open(params->file, flags | O_NONBLOCK);
		if (fd >= 0 || errno != ENXIO)
			break;
		if (params->no_reader)
			__atomic_store_n(params->no_reader, true, __ATOMIC_RELAXED);
		if (ld_control_cancelled(control))
			return -ECANCELED;
		poll(NULL, 0, FIFO_WAIT_MS);
	}
	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_SETFL, 0)) {
		close(fd);
		return -errno;
	}
	return fd;
}

static int output_refuse_stream(const struct output *o, struct error *err)
{
	error_set_code(err, ERROR_BAD_OUTPUT,
		       "%s: another user may have made it, in a directory that everyone may write to\nmake one of your own, in another directory",
		       o->where);
	return -EPERM;
}

/* Open what @st describes. Returns a descriptor or a negative errno. */
static int output_open_device(struct output *o, const struct output_params *params,
			      const struct stat *st, const struct ld_control *control,
			      struct error *err)
{
	int flags = O_WRONLY | O_NOCTTY | O_CLOEXEC, fd;
	struct stat named, found;

	if (!output_trusts_stream(params->file, &named))
		return output_refuse_stream(o, err);
	if (!S_ISLNK(named.st_mode))
		flags |= O_NOFOLLOW;
	if (S_ISFIFO(st->st_mode))
		fd = output_open_fifo(params, flags, control);
	else
		fd = open(params->file, flags);
	if (fd == -1)
		return -errno;
	/* It may have been replaced meanwhile. */
	if (fd >= 0 && !S_ISLNK(named.st_mode) &&
	    (fstat(fd, &found) || found.st_dev != named.st_dev || found.st_ino != named.st_ino)) {
		close(fd);
		return output_refuse_stream(o, err);
	}
	return fd;
}

/* With a pipe of the usual 64 KiB savecore and who reads it take turns for each 16 pages. */
static void output_widen_pipe(const struct output *o)
{
	struct stat st;

	/* Whoever made it may have asked for more. */
	if (!fstat(o->fd, &st) && S_ISFIFO(st.st_mode) &&
	    fcntl(o->fd, F_GETPIPE_SZ) < PIPE_BYTES)
		fcntl(o->fd, F_SETPIPE_SZ, PIPE_BYTES);
}

/* A pipe has more names: /dev/stdout, /dev/fd/1. */
static bool output_is_stdout(int fd)
{
	struct stat own, out;

	return !fstat(fd, &own) && !fstat(STDOUT_FILENO, &out) && S_ISFIFO(own.st_mode) &&
	       own.st_dev == out.st_dev && own.st_ino == out.st_ino;
}

static int output_open_stream(struct output *o, const struct output_params *params,
			      const struct stat *st, const struct ld_control *control,
			      struct error *err)
{
	int fd;

	o->kind = OUTPUT_STREAM;
	if (S_ISBLK(st->st_mode) && !params->force) {
		error_set_code(err, ERROR_BAD_OUTPUT,
			       "%s: a block device, which the dump would overwrite\nname a file, or use -f",
			       o->where);
		return -EEXIST;
	}
	if (params->dry_run)
		return 0;
	fd = output_open_device(o, params, st, control, err);
	if (fd >= 0) {
		o->fd = fd;
		o->on_stdout = output_is_stdout(fd);
		output_widen_pipe(o);
	} else if (fd != -ECANCELED)
		error_set(err, "%s: %s\n%s", o->where, strerror(-fd),
			  hint_of(HINT_STREAM, -fd));
	return fd < 0 ? fd : 0;
}

static int output_open_stdout(struct output *o, const struct output_params *params,
			      struct error *err)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	o->kind = OUTPUT_STREAM;
	o->where = "standard output";
	o->on_stdout = !params->dry_run;
	if (params->dry_run)
		return 0;
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
		error_set_code(err, ERROR_BAD_OUTPUT,
			       "standard output is not open for writing\nredirect it to a file or a pipe");
		return -EBADF;
	}
	o->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (o->fd < 0) {
		error_set_code(err, ERROR_BAD_OUTPUT,
			       "standard output: %s\nredirect it to a file or a pipe",
			       strerror(errno));
		return -EBADF;
	}
	output_widen_pipe(o);
	return 0;
}

static int output_refuse_terminal(const struct output *o, struct error *err)
{
	if (o->kind != OUTPUT_STREAM || !isatty(o->fd))
		return 0;
	error_set_code(err, ERROR_BAD_OUTPUT, "%s is a terminal\nredirect it to a file or a pipe",
		       o->where);
	return -ENOTTY;
}

/* Whether the file, which exists, may be replaced, or else why not. */
static int output_may_replace(const struct output *o, const struct trust *trust, struct error *err)
{
	struct stat st;

	if (!fstatat(o->dir, o->name, &st, AT_SYMLINK_NOFOLLOW) && trust->shared &&
	    !trust_owns(trust, &st)) {
		error_set(err, "%s: the file belongs to another user (%u), in a directory that everyone may write to\nname another one",
			  o->where, st.st_uid);
		return -EPERM;
	}
	if (!trust->appends)
		return 0;
	error_set(err, "%s: the file exists, and nothing can be replaced in its directory, which is append-only (chattr +a)\nname another one",
		  o->where);
	return -EPERM;
}

/* Open the directory of the file, and create the temporary file in it. */
static int output_create_file(struct output *o, const char *file, const struct stat *there,
			      bool dry_run, struct error *err)
{
	struct trust trust;
	int ret;

	o->kind = OUTPUT_FILE;
	o->dir = output_open_directory(file, &o->name);
	if (!*o->name) {
		error_set_code(err, ERROR_BAD_OUTPUT,
			       "%s: this names a directory\nname a file in it", o->where);
		return -EISDIR;
	}
	ret = o->dir < 0 ? o->dir : trust_read(&trust, o->dir);
	if (ret)
		return output_cannot_write(o, ret, err);
	if (!o->force)
		ret = trust_refuse_open_directory(&trust, o->where, "name a file elsewhere", err);
	else if (there)
		ret = output_may_replace(o, &trust, err);
	if (ret)
		return ret;
	if (!dry_run)
		temp_sweep(o->dir, false);
	return output_create_temp(o, o->dir, dry_run, err);
}

/* Open @file, which must not exist or must be a file that may be overwritten. */
static int output_open_unused(struct output *o, const char *file, bool dry_run, struct error *err)
{
	struct stat st, *there = &st;

	if (lstat(file, &st)) {
		if (errno != ENOENT)
			return output_cannot_write(o, -errno, err);
		there = NULL;
	} else if (S_ISLNK(st.st_mode)) {
		error_set_code(err, ERROR_BAD_OUTPUT,
			       "%s: a symbolic link, which is not followed\nname the file itself",
			       o->where);
		return -ELOOP;
	} else if (!S_ISREG(st.st_mode)) {
		error_set_code(err, ERROR_BAD_OUTPUT, "%s: not a file\nname a regular file",
			       o->where);
		return -EISDIR;
	} else if (!o->force) {
		error_set(err, "%s: the file exists\nname another one, or use -f to overwrite it",
			  o->where);
		return -EEXIST;
	}
	return output_create_file(o, file, there, dry_run, err);
}

static int output_open_named(struct output *o, const struct output_params *params,
			     const struct ld_control *control, struct error *err)
{
	struct stat st;

	o->where = params->file;
	if (!stat(params->file, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return output_open_stream(o, params, &st, control, err);
	return output_open_unused(o, params->file, params->dry_run, err);
}

int output_open(struct output *o, const struct output_params *params,
		const struct ld_control *control, struct error *err)
{
	int ret;

	*o = (struct output)OUTPUT_INIT;
	o->force = params->force;
	if (!params->file)
		ret = output_open_slot(o, params, err);
	else if (!strcmp(params->file, "-"))
		ret = output_open_stdout(o, params, err);
	else
		ret = output_open_named(o, params, control, err);
	if (!ret)
		ret = output_refuse_terminal(o, err);
	/* Later the sandbox forbids to ask. */
	if (!ret && o->kind != OUTPUT_STREAM && !(params->keeps_rights && quota_is_ignored()))
		o->quota = quota_left(o->temp.dir);
	if (ret)
		output_close(o);
	return ret;
}

int output_open_file(struct output *o, const char *path, bool force, struct error *err)
{
	int ret;

	*o = (struct output)OUTPUT_INIT;
	o->force = force;
	o->where = path;
	ret = output_open_unused(o, path, false, err);
	if (ret)
		output_close(o);
	return ret;
}

bool output_available(const struct output *o, u64 *bytes)
{
	struct statvfs fs;
	u64 available;

	if (o->kind == OUTPUT_STREAM || fstatvfs(o->temp.dir, &fs))
		return false;
	available = (u64)fs.f_bavail * fs.f_frsize;
	if (!fs.f_blocks)	/* ramfs, for one, does not say how large it is */
		*bytes = UINT64_MAX;
	else if (o->store.minfree)
		*bytes = available > o->store.minfree ? available - o->store.minfree : 0;
	else	/* root may use the reserved blocks of the file system */
		*bytes = geteuid() ? available : (u64)fs.f_bfree * fs.f_frsize;
	if (o->store.max_total && *bytes > o->store.max_total)
		*bytes = o->store.max_total;
	if (o->quota < *bytes)
		*bytes = o->quota;
	return *bytes != UINT64_MAX;
}

enum ld_cause output_limit(const struct output *o)
{
	if (o->kind != OUTPUT_SLOT)
		return LD_CAUSE_NONE;
	if (store_is_short(&o->store))
		return LD_CAUSE_MINFREE;
	return store_is_over(&o->store, o->fd) ? LD_CAUSE_SIZE : LD_CAUSE_NONE;
}

void output_dump_name(const struct output *o, char *buf, size_t size)
{
	if (o->kind == OUTPUT_SLOT)
		snprintf(buf, size, "%s/livecore.%" PRIu64, o->where, o->store.slot);
	else
		snprintf(buf, size, "%s", o->where);
}

/* Give the file its name. With -f another file may have it, but not another user's. */
static int output_link(struct output *o, struct error *err)
{
	struct trust trust;
	int ret = temp_link(&o->temp, o->name);

	if (ret != -EEXIST || !o->force)
		return ret;
	ret = trust_read(&trust, o->dir);
	if (!ret)
		ret = output_may_replace(o, &trust, err);
	return ret ? ret : temp_replace(&o->temp, o->name);
}

int output_publish(struct output *o, struct error *err)
{
	int ret;

	if (o->kind == OUTPUT_STREAM) {
		/* A file system may report a failed write only now. */
		ret = close(o->fd) ? -errno : 0;
		o->fd = -1;
		if (ret)
			error_set(err, "%s: %s\nname another output", o->where, strerror(-ret));
		return ret;
	}
	ret = output_link(o, err);
	if (ret == -EEXIST) {
		error_set(err, "%s: another program has created the file\nname another one, or use -f to overwrite it",
			  o->where);
		return ret;
	}
	if (ret)
		return output_cannot_write(o, ret, err);
	o->stored = true;
	if (fsync(o->dir)) {
		ret = -errno;
		if (ret == -EINVAL || ret == -EOPNOTSUPP || ret == -ENOSYS)
			ret = 0;	/* the file system has no way to */
		else
			error_set(err, "%s: %s: the dump is stored but may not survive a crash\ncopy it elsewhere",
				  o->where, strerror(-ret));
	}
	trust_warn_readable(o->temp.fd, o->where, store_warning(&o->store));
	return ret;
}

void output_close(struct output *o)
{
	if (o->kind == OUTPUT_STREAM && o->fd >= 0)
		close(o->fd);
	o->fd = -1;
	/* What was still being read ahead when its verification ended. */
	if (o->temp.fd >= 0)
		cache_drop(o->temp.fd);
	temp_close(&o->temp);
	store_close(&o->store);
	if (o->dir >= 0)
		close(o->dir);
	o->dir = -1;
}

void output_abandon(struct output *o)
{
	if (o->temp.name[0])
		unlinkat(o->temp.dir, o->temp.name, 0);
	reserve_abandon(o->store.reserve);
}
