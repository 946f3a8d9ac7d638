/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sink_file.h - the sinks of user space: a regular file, and a stream in
 * makedumpfile's flattened format.
 */
#ifndef LIVEDUMP_SINK_FILE_H
#define LIVEDUMP_SINK_FILE_H

#include "core/sink.h"

/* Writes to @fd, a seekable file opened for writing, which stays the caller's. */
struct sink_fd {
	struct ld_sink sink;
	int fd;
	bool steady;	/* have each write go to the disk soon, not all in the end */
};

void sink_fd_init(struct sink_fd *s, int fd);

/*
 * Writes records to @fd, a pipe, socket or any file, in the order in which
 * they come. Blocks when the reader is slow. SIGPIPE must be ignored by the
 * caller: a reader that went away is then reported as -EPIPE.
 */
struct sink_stream;

int sink_stream_open(struct sink_stream **s, int fd);
struct ld_sink *sink_stream_sink(struct sink_stream *s);

/* Bytes of the stream that the other side has taken so far. */
u64 sink_stream_sent(const struct sink_stream *s);
void sink_stream_close(struct sink_stream *s);

#endif
