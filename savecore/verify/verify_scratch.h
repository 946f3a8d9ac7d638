/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_scratch.h - the unnamed file, in $TMPDIR or /var/tmp, that a dump is
 * copied to if it can be read only once, or is a flattened stream: libkdumpfile
 * 0.5.1 does not read streams. Errors are as dumpfile/file.h says.
 */
#ifndef LIVEDUMP_VERIFY_SCRATCH_H
#define LIVEDUMP_VERIFY_SCRATCH_H

#include "core/control.h"
#include "port/error.h"

struct scratch_request {
	int fd;				/* what is to be verified */
	bool pipe;			/* it may be a pipe or a socket */
	int scratch;			/* from scratch_prepare(), or 0 */
	const char *name;		/* stands for @fd in messages */
	const char *hint;		/* what to do about a bad dump */
	struct ld_control *control;	/* its cancel ends it; or NULL */
};

/*
 * The scratch file, for a caller that can open none later. *@scratch becomes 0 if
 * @fd is a file and no stream.
 */
int scratch_prepare(int fd, const char *name, int *scratch, struct error *err);

/*
 * Copy what req.fd is to a scratch file, if it must be, in order. Stores in *@fd
 * which file to verify: the scratch file, which is the caller's then, or req.fd.
 */
int scratch_fill(const struct scratch_request *req, int *fd, struct error *err);

#endif
