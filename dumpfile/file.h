/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * file.h - read the bytes of a dump, and report bad ones.
 *
 * Functions that return an int return 0, or a negative errno and set @err:
 * -EBADMSG if the dump is bad, and only then. Any other errno says that nobody can
 * tell: there was not enough memory, or the file could not be read. A task that is
 * cancelled returns -ECANCELED and leaves @err as it is.
 */
#ifndef LIVEDUMP_DUMPFILE_FILE_H
#define LIVEDUMP_DUMPFILE_FILE_H

#include "base/error.h"
#include "core/control.h"
#include "port/port.h"

struct dumpfile_file {
	int fd;
	u64 size;			/* bytes */
	const char *name;		/* in messages */
	const char *hint;		/* what to do about a bad dump */
	const struct ld_control *control;	/* cancelling it ends a running task; or NULL */
};

/* Report how the dump is bad. Returns -EBADMSG. */
int dumpfile_bad(const struct dumpfile_file *f, struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Report that the file ends too early. Returns -EBADMSG. */
int dumpfile_short(const struct dumpfile_file *f, struct error *err);

/* Report that there is not enough memory. Returns -ENOMEM. */
int dumpfile_no_memory(const struct dumpfile_file *f, struct error *err);

/* Returns 0, or -ECANCELED if the task was cancelled. */
int dumpfile_cancelled(const struct dumpfile_file *f);

/* Read exactly @len bytes at byte @off to @buf. */
int dumpfile_read(const struct dumpfile_file *f, u64 off, void *buf, size_t len,
		  struct error *err);

/*
 * Check that the file has no holes from byte @off to @end, or that the file system
 * tells where they are. -EOPNOTSUPP if it does not.
 */
int dumpfile_check_holes(const struct dumpfile_file *f, u64 off, u64 end, struct error *err);

/* Check that the @len bytes at byte @off, which nothing reads, are zero. */
int dumpfile_check_padding(const struct dumpfile_file *f, u64 off, u64 len, struct error *err);

#endif
