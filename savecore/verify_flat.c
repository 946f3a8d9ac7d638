// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_flat.c - put a dump that was stored as a stream in order, so that it
 * can be verified like any other. For the format see sink_stream.c.
 *
 * Every byte of the stream counts: padding must be zero, the end record the
 * end, and what is written twice may first have been zeros only, which is how
 * savecore keeps room for what it knows last.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verify_impl.h"

#define FLAT_SIGNATURE		"makedumpfile\0\0\0\0"	/* 16 bytes */
#define FLAT_HEADER_SIZE	4096U
#define FLAT_END		UINT64_MAX
#define OFFSET_MAX		(1ULL << 60)		/* of a byte in the dump */

struct flat {
	struct verify *v;	/* the stream */
	int fd;			/* the dump */
	u64 end;		/* of the dump so far */
	u8 *back;		/* VERIFY_BLOCK bytes */
};

static const char *scratch_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : "/var/tmp";
}

static int cannot_order(struct error *err, const char *name, int errnum)
{
	error_set(err, "%s: cannot put the stream %.150s in order: %s: set TMPDIR to another directory",
		  scratch_dir(), name, strerror(errnum));
	return -errnum;
}

static int cannot_write(const struct flat *f, int err)
{
	return cannot_order(f->v->err, f->v->name, err);
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
		return cannot_order(err, name, errno);
	if (snprintf(path, sizeof(path), "%s/savecore.XXXXXX", dir) >= (int)sizeof(path))
		return cannot_order(err, name, ENAMETOOLONG);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return cannot_order(err, name, errno);
	unlink(path);
	return fd;
}

int verify_scratch(int fd, const char *name, int *scratch, struct error *err)
{
	char head[sizeof(FLAT_SIGNATURE) - 1];

	*scratch = 0;
	/* What cannot be read is for verify_dump() to tell. */
	if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    memcmp(head, FLAT_SIGNATURE, sizeof(head)) != 0)
		return 0;
	*scratch = open_scratch(name, err);
	return *scratch < 0 ? *scratch : 0;
}

/* Nothing but zeros may be there, in the first @n bytes at @off. */
static int check_unused(struct flat *f, u64 off, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(f->fd, f->back + done, n - done, (off_t)(off + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return cannot_write(f, errno);
		if (!got)
			break;
		done += (size_t)got;
	}
	if (!verify_is_zero(f->back, done))
		return verify_bad(f->v, "the stream has byte %" PRIu64 " of the dump twice", off);
	return 0;
}

static int put(struct flat *f, u64 off, const u8 *buf, size_t len)
{
	while (len) {
		ssize_t n = pwrite(f->fd, buf, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot_write(f, errno);
		buf += n;
		off += (u64)n;
		len -= (size_t)n;
	}
	return 0;
}

static int copy_record(struct flat *f, u64 at, u64 off, u64 size)
{
	struct verify *v = f->v;

	while (size) {
		size_t n = size < VERIFY_BLOCK ? (size_t)size : VERIFY_BLOCK;
		int ret = verify_cancelled(v);

		if (!ret)
			ret = verify_read(v, at, v->block, n);
		if (!ret && off < f->end)
			ret = check_unused(f, off, n);
		if (!ret)
			ret = put(f, off, v->block, n);
		if (ret)
			return ret;
		at += n;
		off += n;
		size -= n;
		if (off > f->end)
			f->end = off;
	}
	return 0;
}

static int copy_records(struct flat *f)
{
	struct verify *v = f->v;
	u64 at = FLAT_HEADER_SIZE;

	for (;;) {
		u64 record[2], off, size;
		int ret = verify_read(v, at, record, sizeof(record));

		if (ret)
			return ret;
		at += sizeof(record);
		off = be64toh(record[0]);
		size = be64toh(record[1]);
		if (off == FLAT_END) {
			if (size != FLAT_END || at != v->size)
				return verify_bad(v, "the end of the stream is damaged");
			return 0;
		}
		if (off > OFFSET_MAX || !size || at > v->size || size > v->size - at)
			return verify_bad(v, "the stream is damaged or cut short at byte %" PRIu64,
					  at - sizeof(record));
		ret = copy_record(f, at, off, size);
		if (ret)
			return ret;
		at += size;
	}
}

static int check_header(const struct verify *v)
{
	u64 number[2];

	memcpy(number, v->block + 16, sizeof(number));
	if (be64toh(number[0]) != 1 || be64toh(number[1]) != 1)
		return verify_bad(v, "a stream of type %" PRIu64 ", version %" PRIu64 ", which is not known",
				  be64toh(number[0]), be64toh(number[1]));
	if (!verify_is_zero(v->block + 32, FLAT_HEADER_SIZE - 32))
		return verify_bad(v, "the header of the stream is damaged");
	return 0;
}

int verify_flat(struct verify *v)
{
	struct flat f = { .v = v, .fd = -1 };
	int ret;

	if (v->size < FLAT_HEADER_SIZE)
		return 0;
	ret = verify_read(v, 0, v->block, FLAT_HEADER_SIZE);
	if (ret || memcmp(v->block, FLAT_SIGNATURE, 16) != 0)
		return ret;
	ret = check_header(v);
	if (ret)
		return ret;
	f.back = malloc(VERIFY_BLOCK);
	ret = f.back ? 0 : verify_no_memory(v);
	if (!ret) {
		f.fd = v->opt->scratch ? v->opt->scratch : open_scratch(v->name, v->err);
		ret = f.fd < 0 ? f.fd : copy_records(&f);
	}
	free(f.back);
	if (ret) {
		if (f.fd >= 0)
			close(f.fd);
		return ret;
	}
	v->fd = f.fd;
	v->size = f.end;
	return 0;
}
