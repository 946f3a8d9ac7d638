/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pagecache.h - write and read large files without displacing others from the page
 * cache, and read what is on the disk instead of what is in memory.
 */
#ifndef LIVEDUMP_PAGECACHE_H
#define LIVEDUMP_PAGECACHE_H

#include <pthread.h>

#include "port/port.h"

/*
 * A file that is being written, by any number of threads. At most two windows of it
 * wait to be written to the disk, and what has been written is dropped from the page
 * cache.
 */
struct write_behind {
	int fd;
	pthread_mutex_t lock;	/* protects started and dropped */
	u64 started;		/* up to this byte, writing to the disk has begun */
	u64 dropped;		/* up to this byte, the page cache has nothing */
	port_atomic64_t end;	/* one past the last byte written */
	port_atomic64_t bytes;	/* written so far */
};

#define WRITE_BEHIND_INIT(file)	{ .fd = (file), .lock = PTHREAD_MUTEX_INITIALIZER }

/*
 * Call this after @len bytes have been written at @off. Returns 0, or a negative
 * errno if earlier bytes could not be written to the disk: it is reported only once.
 */
int write_behind(struct write_behind *w, u64 off, u64 len);

/* A file that is being read, by any number of threads. */
struct read_behind {
	int fd;
	port_atomic64_t bytes;	/* read since the last drop */
};

/* Call this after about @len bytes have been read. */
void read_behind(struct read_behind *r, u64 len);

/*
 * Drop what the page cache has of a file, except what is not on the disk yet. Does not wait
 * for it if the program has a dropper, see dropper.h.
 */
void cache_drop(int fd);

/*
 * Write all of a file to the disk. Returns 0, or a negative errno. A pipe cannot be
 * flushed, and a file of a read-only file system has nothing to write: both are no error.
 */
int file_flush(int fd);

/*
 * Write all of a file to the disk and drop it from the page cache. *@left is set to
 * the bytes that are still there: all of them on file systems that have no disk, and
 * those that another program has mapped or locked, and what there is if a processor is
 * locked up. Returns 0, or a negative errno if the file could not be written.
 */
int cache_sync_and_drop(int fd, u64 *left);

/*
 * Skip a hole: the offset of the first byte at or after @off of @fd, at most @end,
 * that may be other than zero, rounded down to a multiple of @unit from @off on. A
 * bitmap of a machine with memory at 64 TB has 2 GB, almost all of it a hole.
 */
u64 file_skip_hole(int fd, u64 off, u64 end, size_t unit);

#endif
