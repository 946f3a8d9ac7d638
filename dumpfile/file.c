// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * file.c - read the bytes of a dump, and report bad ones.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "port/zero.h"

/* The structures of a dump are used as they are in the file. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "dumps are little-endian");

#define PADDING_BLOCK	4096U	/* bytes compared at once */

int dumpfile_bad(const struct dumpfile_file *f, struct error *err, const char *fmt, ...)
{
	char what[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	error_set_code(err, ERROR_BAD_DUMP, "%.150s: %s\n%s", f->name, what, f->hint);
	return -EBADMSG;
}

int dumpfile_short(const struct dumpfile_file *f, struct error *err)
{
	return dumpfile_bad(f, err, "it ends too early, at byte %" PRIu64, f->size);
}

int dumpfile_no_memory(const struct dumpfile_file *f, struct error *err)
{
	error_set(err, "%.150s: not enough memory to read it\nend other programs", f->name);
	return -ENOMEM;
}

int dumpfile_cancelled(const struct dumpfile_file *f)
{
	return f->control ? ld_control_cancelled(f->control) : 0;
}

int dumpfile_read(const struct dumpfile_file *f, u64 off, void *buf, size_t len,
		  struct error *err)
{
	u8 *at = buf;

	if (off > f->size || len > f->size - off)
		return dumpfile_short(f, err);
	while (len) {
		ssize_t n = pread(f->fd, at, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			/* Damage of the file system is no proof that the dump is bad. */
			int ret = errno == EBADMSG ? -EIO : -errno;

			error_set(err, "%.150s: cannot read byte %" PRIu64 ": %s\nsee the kernel log",
				  f->name, off, strerror(-ret));
			return ret;
		}
		if (!n)
			return dumpfile_bad(f, err, "it became shorter while it was read");
		at += n;
		off += (u64)n;
		len -= (size_t)n;
	}
	return 0;
}

int dumpfile_check_holes(const struct dumpfile_file *f, u64 off, u64 end, struct error *err)
{
	off_t hole = lseek(f->fd, (off_t)off, SEEK_HOLE);
	struct stat st;

	/* Without holes there are at least as many bytes on the disk. */
	if ((hole >= 0 && (u64)hole < end) ||
	    (!fstat(f->fd, &st) && (u64)st.st_blocks * 512 >= end - off))
		return 0;
	error_set(err, "%.150s: its file system does not tell where it has holes\ncopy it to another one",
		  f->name);
	return -EOPNOTSUPP;
}

int dumpfile_check_padding(const struct dumpfile_file *f, u64 off, u64 len, struct error *err)
{
	u8 block[PADDING_BLOCK];

	while (len) {
		size_t n = len < sizeof(block) ? (size_t)len : sizeof(block);
		int ret = dumpfile_cancelled(f);

		if (!ret)
			ret = dumpfile_read(f, off, block, n, err);
		if (ret)
			return ret;
		if (!ld_is_zero(block, n))
			return dumpfile_bad(f, err, "its padding at byte %" PRIu64 " is not zero",
					    off);
		off += n;
		len -= n;
	}
	return 0;
}
