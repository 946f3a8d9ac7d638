// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sink_file.c - writes a dump to an open file.
 *
 * The dump must not displace other files from the page cache, and must not
 * leave all its data to be written to the disk at the end. After each WINDOW
 * bytes, the thread whose write has completed them starts writeback of the whole
 * file, waits for the writeback that was started the time before, and drops
 * those pages from the page cache. The other threads continue until one of them
 * completes the next WINDOW bytes. So two windows and one write per worker are dirty,
 * and more on a network file system that puts writeback off while it is congested. At
 * the end the file is synced, and what is left of it is dropped.
 *
 * The file is not read and written as it was opened: vfs_iocb_iter_write() lets
 * the dump choose the flags, and does all else that write(2) does.
 */
#include <linux/fs.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "sink_file.h"
#include "target.h"

#define WINDOW		((u64)2 << 20)

/* A cancelled dump stops after the current piece. */
#define PIECE		((size_t)128 << 10)

/*
 * The buffer is not aligned for direct I/O, and sink_finish() syncs the file.
 * fcntl() may set O_APPEND at any time.
 */
static void sink_prepare(const struct livedump_sink *s, struct kiocb *iocb, u64 off)
{
	init_sync_kiocb(iocb, s->target->io);
	iocb->ki_flags &= ~(IOCB_DIRECT | IOCB_DSYNC | IOCB_SYNC | IOCB_APPEND);
	iocb->ki_pos = off;
}

/* A signal to the caller ends the wait for a frozen file system. */
static int sink_begin_write(struct livedump_sink *s)
{
	int err;

	while (!livedump_target_try_write(s->target)) {
		err = ld_control_cancelled(s->control);
		if (err)
			return err;
		schedule_timeout_uninterruptible(msecs_to_jiffies(10));
	}
	return 0;
}

static ssize_t sink_write_piece(struct livedump_sink *s, u64 off, const void *buf, size_t len)
{
	struct kvec vec = { .iov_base = (void *)buf, .iov_len = len };
	struct iov_iter iter;
	struct kiocb iocb;
	ssize_t n;

	n = sink_begin_write(s);
	if (n)
		return n;
	sink_prepare(s, &iocb, off);
	iov_iter_kvec(&iter, WRITE, &vec, 1, len);
	n = vfs_iocb_iter_write(s->target->io, &iocb, &iter);
	livedump_target_end_write(s->target);
	if (n < 0)
		livedump_target_explain(s->target, n);
	return n;
}

static void sink_raise_max(atomic64_t *max, s64 v)
{
	s64 old = atomic64_read(max);

	while (old < v && !atomic64_try_cmpxchg(max, &old, v))
		;
}

/* A cancelled dump that is kept as a partial one still writes its headers. */
static int sink_check_cancelled(const struct livedump_sink *s)
{
	if (port_atomic64_read(&s->control->stage) == LD_STAGE_FLUSH)
		return 0;
	return ld_control_cancelled(s->control);
}

static int sink_write_behind(struct livedump_sink *s)
{
	struct address_space *mapping = livedump_target_mapping(s->target);
	u64 end = atomic64_read(&s->end);
	int err;

	mutex_lock(&s->behind);
	err = sink_check_cancelled(s);
	/* Pages that are dirty again while they are written are not waited for. */
	if (!err)
		err = filemap_flush(mapping);
	if (!err)
		err = sink_check_cancelled(s);
	if (!err && s->started)
		err = filemap_fdatawait_range(mapping, 0, s->started - 1);
	if (!err && s->started > s->dropped) {
		invalidate_mapping_pages(mapping, s->dropped >> PAGE_SHIFT,
					 (s->started >> PAGE_SHIFT) - 1);
		s->dropped = s->started;
	}
	s->started = max(s->started, round_down(end, PAGE_SIZE));
	mutex_unlock(&s->behind);
	return err;
}

static int sink_write(struct ld_sink *sink, u64 off, const void *buf, size_t len)
{
	struct livedump_sink *s = container_of(sink, struct livedump_sink, sink);
	u64 before;
	size_t done = 0;

	if (off + len > s->limit)
		return -EFBIG;
	while (done < len) {
		ssize_t n = sink_check_cancelled(s);

		if (!n)
			n = sink_write_piece(s, off + done, (const u8 *)buf + done,
					     min(len - done, PIECE));
		if (n < 0)
			return n;
		if (!n)
			return -EIO;
		done += n;
	}
	sink_raise_max(&s->end, off + len);
	before = atomic64_fetch_add(len, &s->written);
	if (before / WINDOW != (before + len) / WINDOW)
		return sink_write_behind(s);
	return 0;
}

static int sink_read(struct ld_sink *sink, u64 off, void *buf, size_t len)
{
	struct livedump_sink *s = container_of(sink, struct livedump_sink, sink);
	struct iov_iter iter;
	struct kiocb iocb;
	struct kvec vec;
	ssize_t n;

	sink_prepare(s, &iocb, off);
	while (len) {
		vec = (struct kvec){ .iov_base = buf, .iov_len = len };
		iov_iter_kvec(&iter, READ, &vec, 1, len);
		n = vfs_iocb_iter_read(s->target->io, &iocb, &iter);
		if (n < 0)
			return n;
		if (!n)
			break;
		buf += n;
		len -= n;
	}
	memset(buf, 0, len);
	return 0;
}

static int sink_finish(struct ld_sink *sink, u64 size)
{
	struct livedump_sink *s = container_of(sink, struct livedump_sink, sink);
	int err;

	if (size > s->limit)
		return -EFBIG;
	if (i_size_read(file_inode(s->target->io)) != size) {
		err = livedump_target_truncate(s->target, size, s->control);
		if (err)
			return err;
	}
	err = vfs_fsync(s->target->io, 0);
	if (err)
		return err;
	/*
	 * The last windows were not waited for, and what was written again, or read, before
	 * ->dropped is back: descriptors, bitmaps, headers. This waits for nothing, and a few
	 * pages per processor may stay, whose way to the LRU lists has not ended yet.
	 */
	invalidate_mapping_pages(livedump_target_mapping(s->target), 0, -1);
	return 0;
}

static const struct ld_sink_ops sink_ops = {
	.name = "file",
	.rewrites = true,
	.write = sink_write,
	.read = sink_read,
	.finish = sink_finish,
};

static bool sink_is_file_readable(const struct file *file)
{
	return file->f_mode & FMODE_READ && file->f_mode & FMODE_CAN_READ && file->f_op->read_iter;
}

void livedump_sink_init(struct livedump_sink *s, struct livedump_target *target,
			const struct ld_control *control)
{
	memset(s, 0, sizeof(*s));
	s->sink.ops = &sink_ops;
	s->sink.readable = sink_is_file_readable(target->io);
	s->target = target;
	s->limit = min_t(u64, rlimit(RLIMIT_FSIZE), file_inode(target->io)->i_sb->s_maxbytes);
	s->control = control;
	mutex_init(&s->behind);
}
