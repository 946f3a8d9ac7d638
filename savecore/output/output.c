// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * output.c - where a dump goes: a slot of a directory, a file, or a stream.
 */
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

#include "output.h"

#define FIFO_WAIT_MS	50

static int output_cannot_write(const struct output *o, int ret, struct error *err)
{
	const char *hint = "use another file or directory";

	if (ret == -EACCES || ret == -EPERM)
		hint = "run it as root, or use a directory that you may write to";
	else if (ret == -ENOENT)
		hint = "create the directory, or use another one";
	else if (ret == -ENOSPC || ret == -EDQUOT)
		hint = "make room, or use another directory";
	error_set(err, "%s: %s\n%s", o->where, strerror(-ret), hint);
	return ret;
}

static int output_open_slot(struct output *o, const struct output_params *params, struct error *err)
{
	int ret;

	o->kind = OUTPUT_SLOT;
	o->where = params->directory;
	ret = store_open(&o->store, params->directory, params->force, err);
	/* A dry run reports minfree itself. */
	if (!ret && !params->dry_run)
		ret = store_check_minfree(&o->store, err);
	if (ret)
		return ret;
	ret = temp_create(&o->temp, o->store.dir, 0600);
	if (ret)
		return output_cannot_write(o, ret, err);
	o->fd = o->temp.fd;
	return 0;
}

/* Wait until the FIFO has a reader; not in open(2), which cannot be cancelled. */
static int output_open_fifo(const char *path, const struct ld_control *control)
{
	int fd;

	for (;;) {
		fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0 || errno != ENXIO)
			break;
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

static int output_open_stream(struct output *o, const struct output_params *params,
			      const struct stat *st, const struct ld_control *control,
			      struct error *err)
{
	o->kind = OUTPUT_STREAM;
	if (S_ISBLK(st->st_mode) && !params->force) {
		error_set_code(err, ERROR_BAD_OUTPUT,
			       "%s: a block device, which the dump would overwrite\nname a file, or use -f",
			       o->where);
		return -EEXIST;
	}
	if (params->dry_run)
		return 0;
	if (S_ISFIFO(st->st_mode))
		o->fd = output_open_fifo(params->file, control);
	else
		o->fd = open(params->file, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (o->fd == -1)
		o->fd = -errno;
	if (o->fd == -ECANCELED)
		return o->fd;
	if (o->fd < 0) {
		error_set(err, "%s: %s\nname an output that can be written to", o->where,
			  strerror(-o->fd));
		return o->fd;
	}
	return 0;
}

static int output_open_stdout(struct output *o, const struct output_params *params,
			      struct error *err)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	o->kind = OUTPUT_STREAM;
	o->where = "standard output";
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

/* Open the directory of the file, and create the temporary file in it. */
static int output_create_file(struct output *o, const char *file, struct error *err)
{
	const char *slash = strrchr(file, '/');
	char path[PATH_MAX] = ".";
	int ret;

	o->kind = OUTPUT_FILE;
	o->name = file;
	if (slash) {
		size_t len = slash == file ? 1 : (size_t)(slash - file);

		if (len >= sizeof(path))
			return output_cannot_write(o, -ENAMETOOLONG, err);
		memcpy(path, file, len);
		path[len] = '\0';
		o->name = slash + 1;
	}
	if (!*o->name) {
		error_set_code(err, ERROR_BAD_OUTPUT,
			       "%s: this names a directory\nname a file in it", o->where);
		return -EISDIR;
	}
	o->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->dir < 0)
		return output_cannot_write(o, -errno, err);
	temp_sweep(o->dir, false);
	ret = temp_create(&o->temp, o->dir, 0600);
	if (ret)
		return output_cannot_write(o, ret, err);
	o->fd = o->temp.fd;
	return 0;
}

/* Open @file, which must not exist or must be a file that may be overwritten. */
static int output_open_unused(struct output *o, const char *file, struct error *err)
{
	struct stat st;

	if (lstat(file, &st)) {
		if (errno != ENOENT)
			return output_cannot_write(o, -errno, err);
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
	return output_create_file(o, file, err);
}

static int output_open_named(struct output *o, const struct output_params *params,
			     const struct ld_control *control, struct error *err)
{
	struct stat st;

	o->where = params->file;
	if (!stat(params->file, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return output_open_stream(o, params, &st, control, err);
	return output_open_unused(o, params->file, err);
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
	ret = output_open_unused(o, path, err);
	if (ret)
		output_close(o);
	return ret;
}

bool output_available(const struct output *o, u64 *bytes)
{
	struct statvfs fs;
	u64 available;

	if (o->kind == OUTPUT_STREAM || fstatvfs(o->fd, &fs))
		return false;
	available = (u64)fs.f_bavail * fs.f_frsize;
	if (o->store.minfree)
		*bytes = available > o->store.minfree ? available - o->store.minfree : 0;
	else	/* root may use the reserved blocks of the file system */
		*bytes = geteuid() ? available : (u64)fs.f_bfree * fs.f_frsize;
	return true;
}

void output_dump_name(const struct output *o, char *buf, size_t size)
{
	if (o->kind == OUTPUT_SLOT)
		snprintf(buf, size, "%s/livecore.%" PRIu64, o->where, o->store.slot);
	else
		snprintf(buf, size, "%s", o->where);
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
	ret = o->force ? temp_replace(&o->temp, o->name) : temp_link(&o->temp, o->name);
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
		error_set(err, "%s: %s: the dump is stored but may not survive a crash\ncopy it elsewhere",
			  o->where, strerror(-ret));
	}
	return ret;
}

void output_close(struct output *o)
{
	if (o->kind == OUTPUT_STREAM && o->fd >= 0)
		close(o->fd);
	o->fd = -1;
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
}
