// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_pagecache.c - a large file is written to the disk while it grows, and what the
 * disk says is heard. tests/vm/cases/pagecache has real disks.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/process/pagecache.h"
#include "savecore/output/sink_file.h"

#define MIB	(1U << 20)

/* What was asked of the kernel. */
static struct {
	int start_fail;		/* errno of the begin of writing, or 0 */
	int fail;		/* errno of a wait for the disk, or 0 */
	int flush_fail;		/* errno of fsync(), or 0 */
	off_t started;		/* longest range for which writing has begun */
	off_t waited;		/* longest range that was waited for */
	off_t dropped;		/* end of what was dropped last */
} disk;

int sync_file_range(int fd, off64_t off, off64_t len, unsigned int flags)
{
	(void)fd;
	assert_int_equal(off, 0);
	if (flags == SYNC_FILE_RANGE_WRITE) {
		disk.started = len;
		errno = disk.start_fail;
		return disk.start_fail ? -1 : 0;
	}
	assert_int_equal(flags, SYNC_FILE_RANGE_WAIT_BEFORE);
	assert_true(len <= disk.started);
	disk.waited = len;
	errno = disk.fail;
	return disk.fail ? -1 : 0;
}

int fsync(int fd)
{
	(void)fd;
	errno = disk.flush_fail;
	return disk.flush_fail ? -1 : 0;
}

int posix_fadvise64(int fd, off64_t off, off64_t len, int advice)
{
	(void)fd;
	assert_int_equal(advice, POSIX_FADV_DONTNEED);
	if (len)
		assert_true(off + len <= disk.waited);
	disk.dropped = off + len;
	return 0;
}

static void test_window(void **state)
{
	struct write_behind w = WRITE_BEHIND_INIT(-1);

	(void)state;
	disk = (typeof(disk)){ 0 };
	for (u64 at = 0; at < 40 * MIB; at += MIB) {
		assert_int_equal(write_behind(&w, at, MIB), 0);
		assert_true((u64)disk.started + 8 * MIB > at);
		assert_true((u64)disk.dropped + 24 * MIB > at);
	}
	assert_int_equal(disk.dropped, 32 * MIB);
}

static void test_errors(void **state)
{
	static const struct {
		int start, wait, ret;
	} rows[] = {
		{ 0, EIO, -EIO }, { 0, ENOSPC, -ENOSPC }, { 0, EDQUOT, -EDQUOT },
		/* From a transport, a target, a medium, and a file server. */
		{ 0, ENOLINK, -ENOLINK }, { 0, EREMOTEIO, -EREMOTEIO }, { 0, ENODATA, -ENODATA },
		{ 0, ETIMEDOUT, -ETIMEDOUT }, { 0, ESTALE, -ESTALE }, { 0, EPERM, -EPERM },
		{ ENOSPC, 0, -ENOSPC }, { ENOSYS, EIO, 0 }, { ESPIPE, EIO, 0 }, { EPERM, EIO, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		static u8 buf[4 * MIB];
		struct sink_fd sink;
		int fd = memfd_create("dump", 0), ret = 0;

		disk = (typeof(disk)){ .start_fail = rows[i].start, .fail = rows[i].wait };
		sink_fd_init(&sink, fd);
		for (u64 at = 0; at < 10 && !ret; at++)
			ret = sink.sink.ops->write(&sink.sink, at * sizeof(buf), buf, sizeof(buf));
		assert_int_equal(ret, rows[i].ret);
		close(fd);
	}
}

static void test_flush(void **state)
{
	static const struct {
		int errnum, ret;
	} rows[] = {
		{ 0, 0 }, { EINVAL, 0 }, { EROFS, 0 }, { ENOTSUP, 0 }, { ENOSYS, 0 },
		{ EIO, -EIO }, { ETIMEDOUT, -ETIMEDOUT }, { ENOLINK, -ENOLINK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		u64 left;

		disk = (typeof(disk)){ .flush_fail = rows[i].errnum };
		assert_int_equal(file_flush(-1), rows[i].ret);
		if (rows[i].ret)
			assert_int_equal(cache_sync_and_drop(-1, &left), rows[i].ret);
	}
}

static void test_read(void **state)
{
	struct read_behind r = { .fd = -1 };

	(void)state;
	disk = (typeof(disk)){ .dropped = -1 };
	read_behind(&r, 60 * MIB);
	assert_int_equal(disk.dropped, -1);
	read_behind(&r, 5 * MIB);
	assert_int_equal(disk.dropped, 0);
}

static void test_left(void **state)
{
	static u8 buf[MIB];
	int fd = memfd_create("dump", 0);
	u64 left;

	/* This file system has no disk. */
	(void)state;
	assert_int_equal(write(fd, buf, sizeof(buf)), sizeof(buf));
	assert_int_equal(cache_sync_and_drop(fd, &left), 0);
	assert_int_equal(left, MIB);
	close(fd);
}

/* Nothing is asked about a hole of 1 TB, in pieces of 128 MB: that took seconds. */
static void test_left_hole(void **state)
{
	static u8 buf[MIB];
	int fd = memfd_create("dump", 0);
	clock_t begin = clock();
	u64 left;

	(void)state;
	assert_int_equal(pwrite(fd, buf, sizeof(buf), 0), sizeof(buf));
	assert_int_equal(pwrite(fd, buf, sizeof(buf), (off_t)MIB << 20), sizeof(buf));
	assert_int_equal(lseek(fd, 5, SEEK_SET), 5);
	assert_int_equal(cache_sync_and_drop(fd, &left), 0);
	assert_int_equal(left, 2 * MIB);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 5);
	assert_true(clock() - begin < CLOCKS_PER_SEC);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_left_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
