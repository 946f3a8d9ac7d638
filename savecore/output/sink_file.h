/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sink_file.h - the sinks of user space: a regular file, and a stream in
 * makedumpfile's flattened format.
 */
#ifndef LIVEDUMP_SINK_FILE_H
#define LIVEDUMP_SINK_FILE_H

#include "base/process/pagecache.h"
#include "core/sink.h"

/* Writes to @fd, a seekable file open for writing, which the caller closes. */
struct sink_fd {
	struct ld_sink sink;
	int fd;
	struct write_behind behind;
};

void sink_fd_init(struct sink_fd *s, int fd);

/*
 * Writes records to @fd, a pipe, socket or any file, in the order in which
 * they come. Blocks while the reader is slow. The caller must ignore SIGPIPE:
 * a reader that went away is then reported as -EPIPE.
 */
struct sink_stream;

int sink_stream_open(struct sink_stream **s, int fd);
struct ld_sink *sink_stream_sink(struct sink_stream *s);

/* Bytes of the stream written so far. */
u64 sink_stream_sent(const struct sink_stream *s);

/* Count them at @sent, which other threads may read at any time. */
void sink_stream_count(struct sink_stream *s, port_atomic64_t *sent);
void sink_stream_close(struct sink_stream *s);

#endif
