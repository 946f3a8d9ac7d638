// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_flat.c - a dump that was stored as a stream, or that comes through a
 * pipe: it is put in a file of its own, so that it can be verified like any
 * other.
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
#include "verify_impl.h"

#define SCRATCH_HINT	"set TMPDIR to another directory"

static const char *scratch_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/var/tmp";
}

static int cannot_create(const char *name, int errnum, struct error *err)
{
	error_set(err, "%.100s: cannot put the stream %.100s in order: %s: " SCRATCH_HINT,
		  scratch_dir(), name, strerror(errnum));
	return -errnum;
}

/* Returns a descriptor, or a negative errno. */
static int open_scratch(const char *name, struct error *err)
{
	const char *dir = scratch_dir();
	char path[4096];
	int fd;

	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR)
		return cannot_create(name, errno, err);
	if (snprintf(path, sizeof(path), "%s/savecore.XXXXXX", dir) >= (int)sizeof(path))
		return cannot_create(name, ENAMETOOLONG, err);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return cannot_create(name, errno, err);
	unlink(path);
	return fd;
}

int verify_scratch(int fd, const char *name, int *scratch, struct error *err)
{
	char head[FLAT_SIGNATURE_SIZE];
	struct stat st;

	*scratch = 0;
	/* What cannot be read is for verify_dump() to tell. */
	if (fstat(fd, &st) ||
	    (!verify_is_pipe(&st) &&
	     (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	      memcmp(head, FLAT_SIGNATURE, sizeof(head)) != 0)))
		return 0;
	*scratch = open_scratch(name, err);
	return *scratch < 0 ? *scratch : 0;
}

static int put_in_order(struct verify *v, struct flat *f)
{
	int ret = flat_open(f);
	bool stream = ret > 0;

	if (ret < 0 || (!stream && f->seeks))
		return ret;
	if (f->out <= 0)
		f->out = open_scratch(v->name, v->err);
	if (f->out < 0)
		return f->out;
	ret = stream ? flat_restore(f) : flat_copy(f);
	if (!ret) {
		v->fd = f->out;
		v->size = f->end;
		f->out = -1;
	}
	return ret;
}

int verify_flat(struct verify *v, bool pipe)
{
	struct flat f = {
		.in = v->fd,
		.seeks = !pipe,
		.name = v->name,
		.hint = v->opt->hint ? v->opt->hint : VERIFY_HINT,
		.out = v->opt->scratch,
		.out_name = scratch_dir(),
		.out_hint = SCRATCH_HINT,
		.control = v->opt->control,
		.err = v->err,
	};
	int ret = put_in_order(v, &f);

	flat_close(&f);
	if (f.out > 0)
		close(f.out);
	return ret;
}
