/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sink.h - where the bytes of a dump go: the last step of the pipeline.
 */
#ifndef LIVEDUMP_SINK_H
#define LIVEDUMP_SINK_H

#include "port/port.h"

struct ld_sink;

struct ld_sink_ops {
	const char *name;

	/* A later write may replace bytes that were written before. */
	bool rewrites;

	/*
	 * Write all of @buf at byte @off of the dump, or fail. Workers call it
	 * at any time and in any order. Concurrent calls do not overlap. Bytes
	 * that are never written read as zero. Returns 0 or a negative errno:
	 * then any part of @buf may be written, as on a disk that fills up.
	 */
	int (*write)(struct ld_sink *sink, u64 off, const void *buf, size_t len);

	/*
	 * Read @len bytes back from byte @off. Bytes that were never written
	 * read as zero. Any worker may call it. Returns 0 or a negative errno.
	 * NULL if the sink is never readable.
	 */
	int (*read)(struct ld_sink *sink, u64 off, void *buf, size_t len);

	/*
	 * Set the size of the dump to @size bytes and make the dump durable.
	 * Nothing is written afterwards. Returns 0 or a negative errno.
	 */
	int (*finish)(struct ld_sink *sink, u64 size);
};

/* The sink has no room where it has nothing yet. There the dump reads as zeros. */
static inline bool ld_sink_is_full(int err)
{
	return err == -ENOSPC || err == -EDQUOT || err == -EFBIG;
}

struct ld_sink {
	const struct ld_sink_ops *ops;
	bool readable;		/* read() may be called */
};

#endif
