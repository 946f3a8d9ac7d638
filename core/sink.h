/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sink.h - where the bytes of a dump go: the last stage of the flow.
 */
#ifndef LIVEDUMP_SINK_H
#define LIVEDUMP_SINK_H

#include "port/port.h"

struct ld_sink;

struct ld_sink_ops {
	const char *name;

	/* A later write may replace the bytes of an earlier one. */
	bool rewrites;

	/*
	 * Write all of @buf at byte @off of the dump, or fail. Any worker may
	 * call it at any time and in any order; no two calls at one time
	 * overlap, and bytes never written read as zero. Returns 0 or a
	 * negative errno.
	 */
	int (*write)(struct ld_sink *sink, u64 off, const void *buf, size_t len);

	/*
	 * Read @len bytes back from byte @off. What was never written reads as
	 * zeros. Any worker may call it. Returns 0 or a negative errno. NULL
	 * unless the sink may be readable.
	 */
	int (*read)(struct ld_sink *sink, u64 off, void *buf, size_t len);

	/*
	 * All has been written and the dump is @size bytes long: make it so
	 * and make it durable. Returns 0 or a negative errno.
	 */
	int (*finish)(struct ld_sink *sink, u64 size);
};

struct ld_sink {
	const struct ld_sink_ops *ops;
	bool readable;		/* read() may be called */
};

#endif
