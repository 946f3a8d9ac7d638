// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sink_stream.c - the sink that writes a dump as a stream, in makedumpfile's
 * flattened format: a header of 4096 bytes, then records that say where in the
 * dump their bytes belong. flat.c and `makedumpfile -R` turn it into a dump;
 * crash reads it as it is.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dumpfile/flat.h"
#include "sink_file.h"

struct sink_stream {
	struct ld_sink sink;
	int fd;
	pthread_mutex_t lock;	/* one record at a time; also guards end and err */
	int err;		/* of the first write that failed: part of a record is missing */
	u64 end;		/* one past the last byte of the dump written */
	port_atomic64_t *sent;	/* bytes of the stream written so far */
	port_atomic64_t count;	/* if the caller has not said where to count them */
	bool on_disk;		/* fd is a file or a disk */
	u64 begin;		/* where the stream begins there */
	struct write_behind behind;
};

static int stream_try_write(struct sink_stream *s, struct iovec *iov, int nr)
{
	while (nr) {
		ssize_t n = writev(s->fd, iov, nr);

		if (n < 0) {
			struct pollfd wait = { .fd = s->fd, .events = POLLOUT };

			if (errno != EINTR && errno != EAGAIN)
				return -errno;
			/* Another process may have set O_NONBLOCK on a shared pipe or socket. */
			if (errno == EAGAIN)
				poll(&wait, 1, -1);
			continue;
		}
		port_atomic64_add(s->sent, n);
		while (nr && (size_t)n >= iov->iov_len) {
			n -= (ssize_t)iov->iov_len;
			iov++;
			nr--;
		}
		if (nr) {
			iov->iov_base = (char *)iov->iov_base + n;
			iov->iov_len -= (size_t)n;
		}
	}
	return 0;
}

/*
 * Write all of @iov, which is changed. Returns 0 or a negative errno, the same ever
 * after: what follows half a record would be taken for the other half.
 */
static int stream_write_all(struct sink_stream *s, struct iovec *iov, int nr)
{
	if (!s->err)
		s->err = stream_try_write(s, iov, nr);
	return s->err;
}

/* A stream may be a file, too. */
static void stream_find_disk(struct sink_stream *s)
{
	int flags = fcntl(s->fd, F_GETFL);
	struct stat st;
	off_t at;

	if (fstat(s->fd, &st) || flags < 0 || !(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
		return;
	at = flags & O_APPEND ? st.st_size : lseek(s->fd, 0, SEEK_CUR);
	if (at < 0)
		return;
	s->begin = (u64)at;
	s->on_disk = true;
	s->behind = (struct write_behind)WRITE_BEHIND_INIT(s->fd);
}

static int stream_write_record(struct sink_stream *s, u64 off, const void *buf, size_t len)
{
	struct flat_record rec = { htobe64(off), htobe64(len) };
	struct iovec iov[] = {
		{ &rec, sizeof(rec) },
		{ (void *)buf, len },
	};
	int err;

	pthread_mutex_lock(&s->lock);
	err = stream_write_all(s, iov, 2);
	if (off + len > s->end)
		s->end = off + len;
	if (!err && s->on_disk)
		err = write_behind(&s->behind, s->begin + sink_stream_sent(s) - len, len);
	pthread_mutex_unlock(&s->lock);
	return err;
}

static int stream_write(struct ld_sink *sink, u64 off, const void *buf, size_t len)
{
	return len ? stream_write_record((struct sink_stream *)sink, off, buf, len) : 0;
}

static int stream_finish(struct ld_sink *sink, u64 size)
{
	struct sink_stream *s = (struct sink_stream *)sink;
	struct flat_record end = { htobe64(FLAT_END), htobe64(FLAT_END) };
	struct iovec iov = { &end, sizeof(end) };
	int err;

	/* If the dump ends in a hole, its last byte sets its length. */
	if (size > s->end) {
		err = stream_write_record(s, size - 1, "", 1);
		if (err)
			return err;
	}
	err = stream_write_all(s, &iov, 1);
	if (err)
		return err;
	err = file_flush(s->fd);
	if (err)
		return err;
	if (s->on_disk)
		cache_drop(s->fd);
	return 0;
}

static const struct ld_sink_ops stream_ops = {
	.name = "stream",
	.write = stream_write,
	.finish = stream_finish,
};

int sink_stream_open(struct sink_stream **stream, int fd)
{
	char block[FLAT_HEADER_SIZE] = { 0 };
	struct flat_header head = {
		.signature = "makedumpfile",
		.type = htobe64(1),
		.version = htobe64(1),
	};
	struct iovec iov = { block, sizeof(block) };
	struct sink_stream *s;
	int err;

	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->sink.ops = &stream_ops;
	s->fd = fd;
	s->sent = &s->count;
	pthread_mutex_init(&s->lock, NULL);
	stream_find_disk(s);
	memcpy(block, &head, sizeof(head));
	err = stream_write_all(s, &iov, 1);
	if (err) {
		sink_stream_close(s);
		return err;
	}
	*stream = s;
	return 0;
}

struct ld_sink *sink_stream_sink(struct sink_stream *s)
{
	return &s->sink;
}

u64 sink_stream_sent(const struct sink_stream *s)
{
	return (u64)port_atomic64_read(s->sent);
}

void sink_stream_count(struct sink_stream *s, port_atomic64_t *sent)
{
	port_atomic64_set(sent, port_atomic64_read(s->sent));
	s->sent = sent;
}

void sink_stream_close(struct sink_stream *s)
{
	pthread_mutex_destroy(&s->lock);
	free(s);
}
