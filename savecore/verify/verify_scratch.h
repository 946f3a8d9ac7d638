/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_scratch.h - the scratch file: a file without a name in $TMPDIR or
 * /var/tmp. A dump is copied to it if it can be read only once, or if it is a
 * flattened stream, which libkdumpfile 0.5.1 cannot read. Errors are as
 * dumpfile/file.h says.
 */
#ifndef LIVEDUMP_VERIFY_SCRATCH_H
#define LIVEDUMP_VERIFY_SCRATCH_H

#include "base/error.h"
#include "core/control.h"

struct scratch_request {
	int fd;				/* the dump to verify */
	bool pipe;			/* fd may be a pipe or a socket */
	int scratch;			/* from scratch_prepare(), or 0 */
	const char *name;		/* of fd, in messages */
	const char *hint;		/* what to do about a bad dump */
	struct ld_control *control;	/* cancelling it ends the copy; or NULL */
};

/*
 * Open the scratch file now, for a caller that cannot open it later. *@scratch is
 * set to 0 if @fd is a file and not a stream.
 */
int scratch_prepare(int fd, const char *name, int *scratch, struct error *err);

/*
 * Copy the dump in req.fd to a scratch file if needed; a stream is put in order.
 * *@fd is set to the file to verify: the scratch file, which the caller closes,
 * or req.fd.
 */
int scratch_fill(const struct scratch_request *req, int *fd, struct error *err);

#endif
