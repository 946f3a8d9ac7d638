/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sink_file.h - the sink of the module: an open file.
 */
#ifndef LIVEDUMP_SINK_FILE_H
#define LIVEDUMP_SINK_FILE_H

#include <linux/mutex.h>

#include "core/capture/dump.h"

struct livedump_sink {
	struct ld_sink sink;
	struct file *file;
	u64 limit;			/* bytes the caller may make the file long */
	const struct ld_control *control;
	atomic64_t written;		/* bytes, in whatever order */
	atomic64_t end;			/* one past the highest byte written */

	/* write-behind, under the mutex */
	struct mutex behind;
	u64 started;			/* writeback was begun of the bytes before */
	u64 dropped;			/* these are out of the page cache */
};

/* @file is the caller's; so is RLIMIT_FSIZE of the current task. */
void livedump_sink_init(struct livedump_sink *s, struct file *file,
			const struct ld_control *control);

#endif
