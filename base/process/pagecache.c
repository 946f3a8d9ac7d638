// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pagecache.c - large files and the page cache. module/target/sink_file.c does the same
 * for what the module writes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dropper.h"
#include "pagecache.h"

/* Large enough for all disks to be busy, small beside any page cache. */
#define WRITE_WINDOW	((u64)8 << 20)

/* To drop what has just been read, the kernel has to ask all processors. */
#define READ_WINDOW	((u64)64 << 20)

/* So much is dropped before the next is asked for. */
#define DROP_PIECE	((u64)1 << 30)

/* mincore() is asked for so much of a file at once; a byte for each page of 4 KiB. */
#define MAP_BYTES	((u64)128 << 20)
#define MAP_UNIT	((u64)65536)	/* bytes of the largest page, which maps begin at */

/*
 * What cannot be started here, fsync() does at the end: it reports these errors as well.
 * Those that a wait reports, it does not, whichever they are: a disk has more than EIO.
 */
static int behind_sync(struct write_behind *w)
{
	u64 end = (u64)port_atomic64_read(&w->end);

	if (sync_file_range(w->fd, 0, (off_t)end, SYNC_FILE_RANGE_WRITE))
		return errno == EIO || errno == ENOSPC || errno == EDQUOT ? -errno : 0;
	if (w->started &&
	    sync_file_range(w->fd, 0, (off_t)w->started, SYNC_FILE_RANGE_WAIT_BEFORE))
		return -errno;
	if (w->started > w->dropped)
		dropper_drop(w->fd, w->dropped, w->started - w->dropped);
	w->dropped = w->started;
	w->started = end;
	return 0;
}

int write_behind(struct write_behind *w, u64 off, u64 len)
{
	s64 end = (s64)(off + len), old;
	u64 before;
	int ret;

	do {
		old = port_atomic64_read(&w->end);
	} while (old < end && !port_atomic64_cas(&w->end, old, end));
	before = (u64)port_atomic64_add(&w->bytes, (s64)len);
	if (before / WRITE_WINDOW == (before + len) / WRITE_WINDOW)
		return 0;
	pthread_mutex_lock(&w->lock);
	ret = behind_sync(w);
	pthread_mutex_unlock(&w->lock);
	return ret;
}

void cache_drop(int fd)
{
	dropper_drop(fd, 0, 0);
}

void read_behind(struct read_behind *r, u64 len)
{
	u64 before = (u64)port_atomic64_add(&r->bytes, (s64)len);

	if (before / READ_WINDOW != (before + len) / READ_WINDOW)
		cache_drop(r->fd);
}

u64 file_skip_hole(int fd, u64 off, u64 end, size_t unit)
{
	off_t data = lseek(fd, (off_t)off, SEEK_DATA);

	/* ENXIO: nothing but a hole follows. Without SEEK_DATA, all may be data. */
	if (data < 0)
		return errno == ENXIO ? end : off;
	if ((u64)data >= end)
		return end;
	return (u64)data > off ? off + ((u64)data - off) / unit * unit : off;
}

/* Bytes of the @len from @off on that the page cache has. */
static u64 cache_count(int fd, u64 off, u64 len)
{
	unsigned char map[MAP_BYTES / 4096];
	u64 bytes = 0;
	void *at;

	at = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, (off_t)off);
	if (at == MAP_FAILED)
		return 0;
	if (!mincore(at, len, map)) {
		size_t unit = (size_t)sysconf(_SC_PAGESIZE);

		for (size_t i = 0; i < (len + unit - 1) / unit; i++)
			bytes += map[i] & 1 ? unit : 0;
	}
	munmap(at, len);
	return bytes;
}

/*
 * To others than the owner of a file the kernel says that all of it is there. Nothing
 * is asked about holes, which have nothing on the disk, and may be very long.
 */
static u64 cache_left(int fd)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	struct stat st;
	u64 left = 0, off = 0;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return 0;
	while ((off = file_skip_hole(fd, off, (u64)st.st_size, MAP_UNIT)) < (u64)st.st_size) {
		u64 len = (u64)st.st_size - off;

		left += cache_count(fd, off, len < MAP_BYTES ? len : MAP_BYTES);
		off += MAP_BYTES;
	}
	lseek(fd, at, SEEK_SET);
	return left < (u64)st.st_size ? left : (u64)st.st_size;
}

/*
 * Returns when it is done, or if a processor does not answer. A hole, which may be very long,
 * is dropped with the piece before it: only what was read of it is in the page cache.
 */
static void cache_drop_now(int fd)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	u64 off = 0, next = 0, size = 0;
	struct stat st;

	if (dropper_runs() && !fstat(fd, &st) && S_ISREG(st.st_mode))
		size = (u64)st.st_size;
	for (; size > DROP_PIECE && off < size - DROP_PIECE && dropper_wait(); off = next) {
		next = file_skip_hole(fd, off + DROP_PIECE, size, MAP_UNIT);
		if (next == size)
			break;
		dropper_drop(fd, off, next - off);
	}
	if (size)
		lseek(fd, at, SEEK_SET);
	dropper_drop(fd, off, 0);
	dropper_wait();
}

int file_flush(int fd)
{
	if (!fsync(fd) || errno == EINVAL || errno == EROFS || errno == ENOTSUP || errno == ENOSYS)
		return 0;
	return -errno;
}

int cache_sync_and_drop(int fd, u64 *left)
{
	int ret = file_flush(fd);

	*left = 0;
	if (ret)
		return ret;
	cache_drop_now(fd);
	*left = cache_left(fd);
	return 0;
}
