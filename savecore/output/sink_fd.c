// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sink_fd.c - the sink that writes a dump to a seekable file. It leaves the page cache
 * to others.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "sink_file.h"

static int fd_write(struct ld_sink *sink, u64 off, const void *buf, size_t len)
{
	struct sink_fd *s = (struct sink_fd *)sink;
	const char *at = buf;
	u64 begin = off;

	while (len) {
		ssize_t n = pwrite(s->fd, at, len, (off_t)off);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		/* After a short write the next one returns the error. */
		at += n;
		off += (u64)n;
		len -= (size_t)n;
	}
	return write_behind(&s->behind, begin, off - begin);
}

static int fd_finish(struct ld_sink *sink, u64 size)
{
	struct sink_fd *s = (struct sink_fd *)sink;

	if (ftruncate(s->fd, (off_t)size) || fsync(s->fd))
		return -errno;
	cache_drop(s->fd);
	return 0;
}

static const struct ld_sink_ops fd_ops = {
	.name = "file",
	.rewrites = true,
	.write = fd_write,
	.finish = fd_finish,
};

void sink_fd_init(struct sink_fd *s, int fd)
{
	*s = (struct sink_fd){
		.sink.ops = &fd_ops, .fd = fd, .behind = WRITE_BEHIND_INIT(fd),
	};
}
