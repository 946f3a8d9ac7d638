/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kcore_files.h - opens the files of /proc, or of a recorded directory, and says why
 * one cannot be had: a container may hide it in several ways.
 */
#ifndef LIVEDUMP_KCORE_FILES_H
#define LIVEDUMP_KCORE_FILES_H

#include "base/error.h"
#include "port/port.h"

#define KCORE_NAME_MAX	272U	/* of a file with its directory, cut off if it is longer */

struct kcore_files {
	int dir;
	const char *path;	/* of the directory, the caller's */
	bool live;		/* the directory is a mounted procfs */
};

/* Open the directory. Returns 0 or a negative errno, with @err set. */
int kcore_files_open(struct kcore_files *f, const char *path, struct error *err);
void kcore_files_close(struct kcore_files *f);

/*
 * Open @file for reading. Returns a descriptor, or a negative errno with @err set:
 * -EINVAL if something else is in its place.
 */
int kcore_file_open(const struct kcore_files *f, const char *file, struct error *err);

/* The name of @file for messages, in @name of KCORE_NAME_MAX bytes. Returns @name. */
const char *kcore_file_name(const struct kcore_files *f, const char *file, char *name);

#endif
