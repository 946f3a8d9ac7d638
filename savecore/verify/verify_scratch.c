// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_scratch.c - copy a dump that is a stream or comes from a pipe to a
 * scratch file, so that it can be verified like any other.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dumpfile/flat.h"
#include "verify_scratch.h"

#define SCRATCH_HINT	"set TMPDIR to another directory"

static const char *scratch_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/var/tmp";
}

static int scratch_cannot_create(const char *name, int errnum, struct error *err)
{
	error_set(err, "%.100s: cannot store the stream %.100s: %s\n" SCRATCH_HINT, scratch_dir(),
		  name, strerror(errnum));
	return -errnum;
}

/* Returns a descriptor, or a negative errno. */
static int scratch_open(const char *name, struct error *err)
{
	const char *dir = scratch_dir();
	char path[4096];
	int fd;

	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR)
		return scratch_cannot_create(name, errno, err);
	if (snprintf(path, sizeof(path), "%s/savecore.XXXXXX", dir) >= (int)sizeof(path))
		return scratch_cannot_create(name, ENAMETOOLONG, err);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return scratch_cannot_create(name, errno, err);
	unlink(path);
	return fd;
}

static bool scratch_is_pipe(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode);
}

int scratch_prepare(int fd, const char *name, int *scratch, struct error *err)
{
	char head[FLAT_SIGNATURE_SIZE];
	struct stat st;

	*scratch = 0;
	/* If it cannot be read, verify_dump() reports it. */
	if (fstat(fd, &st) ||
	    (!scratch_is_pipe(&st) &&
	     (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	      memcmp(head, FLAT_SIGNATURE, sizeof(head)) != 0)))
		return 0;
	*scratch = scratch_open(name, err);
	return *scratch < 0 ? *scratch : 0;
}

static int scratch_copy(struct flat *f, const struct flat_request *req, int *fd)
{
	int ret = flat_open(f, req);
	bool stream = ret > 0;

	if (ret < 0 || (!stream && req->seeks))
		return ret;
	if (f->req.out <= 0)
		f->req.out = scratch_open(req->name, req->err);
	if (f->req.out < 0)
		return f->req.out;
	ret = stream ? flat_restore(f) : flat_copy(f);
	if (!ret) {
		*fd = f->req.out;
		f->req.out = -1;
	}
	return ret;
}

int scratch_fill(const struct scratch_request *req, int *fd, struct error *err)
{
	struct flat_request stream = {
		.in = req->fd,
		.name = req->name,
		.hint = req->hint,
		.out = req->scratch,
		.out_name = scratch_dir(),
		.out_hint = SCRATCH_HINT,
		.control = req->control,
		.err = err,
	};
	struct flat f = { 0 };
	struct stat st;
	int ret;

	*fd = req->fd;
	/* If it is neither a file nor a pipe, dumpfile_open_headers() reports it. */
	if (fstat(req->fd, &st))
		st.st_mode = 0;
	stream.seeks = !(req->pipe && scratch_is_pipe(&st));
	f.req.out = req->scratch;
	stream.disk = S_ISBLK(st.st_mode);
	ret = 0;
	if (!stream.seeks || stream.disk || S_ISREG(st.st_mode))
		ret = scratch_copy(&f, &stream, fd);
	flat_close(&f);
	if (f.req.out > 0)
		close(f.req.out);
	return ret;
}
