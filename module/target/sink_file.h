/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sink_file.h - the sink of the module, an open file.
 */
#ifndef LIVEDUMP_SINK_FILE_H
#define LIVEDUMP_SINK_FILE_H

#include <linux/mutex.h>

#include "core/dump/dump.h"
#include "target.h"

struct livedump_sink {
	struct ld_sink sink;
	struct livedump_target *target;
	u64 limit;			/* the greatest length of the file */
	const struct ld_control *control;
	atomic64_t written;		/* bytes, in any order */
	atomic64_t end;			/* one past the highest byte written */

	/* The mutex protects these. */
	struct mutex behind;
	u64 started;			/* writeback of the bytes before it was started */
	u64 dropped;			/* the bytes before it are not in the page cache */
};

/* @target has been claimed, and stays so. RLIMIT_FSIZE of the current task applies. */
void livedump_sink_init(struct livedump_sink *s, struct livedump_target *target,
			const struct ld_control *control);

#endif
