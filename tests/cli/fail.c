// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fail.c - LD_PRELOAD for savecore: some allocation, or some read of a file,
 * fails; or something happens to the disk.
 *
 *   FAIL=malloc N	the Nth allocation fails, and all after it
 *   FAIL=once N	only the Nth allocation fails
 *   FAIL=read N	the Nth pread() fails with EIO, and all after it
 *   FAIL=flip FILE	when the dump has been synced, a bit in its middle is changed
 *			in FILE, the disk that it is on, behind the back of the file
 *			system
 *   FAIL=stale		the disk has something else than the page cache: the last
 *			byte of a file changes when it is dropped from there
 *
 *   FAIL=disk FILE	FILE, which exists, looks like a block device
 *   FAIL=crash, hang, eat	what opens a dump by libkdumpfile does that
 *
 *   FAIL=slow US	each pread() takes so many microseconds longer
 *
 *   FAIL=sandbox	the system does not let the process give up the right to gain
 *			privileges
 *
 *   FAIL=pack		nothing; the number of pages that each codec gets is printed at
 *			the end
 *
 * With FAIL_COUNT=1 the number of allocations and reads is printed at the end.
 * VERIFYING=1: nothing is counted before the dump has been synced.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FLIP_BLOCK	4096

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t nr, size_t size);
extern void *__libc_realloc(void *mem, size_t size);

static struct {
	long malloc_at, once_at, read_at, slow_us;
	long mallocs, reads;
	int disk;
	int on, flipped, stale, sandbox;
	struct stat device;	/* of the file that is one */
	long zlib, zstd, lzo;	/* pages */
} fail = { .disk = -1 };

static int fail_now(long *count, long at, long once)
{
	long n;

	if (!__atomic_load_n(&fail.on, __ATOMIC_RELAXED))
		return 0;
	n = __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
	return (at && n >= at) || (once && n == once);
}

void *malloc(size_t size)
{
	if (fail_now(&fail.mallocs, fail.malloc_at, fail.once_at)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_malloc(size);
}

void *calloc(size_t nr, size_t size)
{
	if (fail_now(&fail.mallocs, fail.malloc_at, fail.once_at)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_calloc(nr, size);
}

void *realloc(void *mem, size_t size)
{
	if (size && fail_now(&fail.mallocs, fail.malloc_at, fail.once_at)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(mem, size);
}

ssize_t pread64(int fd, void *buf, size_t len, off64_t off)
{
	if (fail_now(&fail.reads, fail.read_at, 0)) {
		errno = EIO;
		return -1;
	}
	if (fail.slow_us && __atomic_load_n(&fail.on, __ATOMIC_RELAXED))
		usleep((useconds_t)fail.slow_us);
	return syscall(SYS_pread64, fd, buf, len, off);
}

ssize_t pread(int fd, void *buf, size_t len, off_t off)
{
	return pread64(fd, buf, len, off);
}

/*
 * The disk is read and written past its page cache, which may have what was on it
 * before, and is not read by the file system.
 */
static void fail_flip(int fd)
{
	static _Alignas(FLIP_BLOCK) char block[FLIP_BLOCK];
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} m = { .map = { .fm_length = 1, .fm_extent_count = 1 } };
	char head[8] = "";
	struct stat st;
	off_t at;

	if (fail.disk < 0 || fail.flipped ||
	    syscall(SYS_pread64, fd, head, sizeof(head), 0) != sizeof(head) ||
	    memcmp(head, "KDUMP   ", sizeof(head)) != 0)
		return;
	if (fstatat(fd, "", &st, AT_EMPTY_PATH))
		_exit(96);
	m.map.fm_start = (unsigned long long)st.st_size / 2;
	if (ioctl(fd, FS_IOC_FIEMAP, &m) || m.map.fm_mapped_extents != 1)
		_exit(94);
	at = (off_t)(m.extent.fe_physical + m.map.fm_start - m.extent.fe_logical);
	at -= at % FLIP_BLOCK;
	if (syscall(SYS_pread64, fail.disk, block, FLIP_BLOCK, at) != FLIP_BLOCK)
		_exit(93);
	block[FLIP_BLOCK / 2] ^= 1;
	if (pwrite(fail.disk, block, FLIP_BLOCK, at) != FLIP_BLOCK)
		_exit(92);
	fail.flipped = 1;
	fprintf(stderr, "fail.c: a bit was flipped at byte %lld of the disk\n", (long long)at);
}

int fsync(int fd)
{
	int ret = (int)syscall(SYS_fsync, fd);

	if (getenv("VERIFYING"))
		fail.on = 1;
	fail_flip(fd);
	return ret;
}

/* The process that drops files opens them again for reading only: here it has to write. */
int open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (fail.stale && !strncmp(path, "/proc/self/fd/", strlen("/proc/self/fd/")))
		flags = (flags & ~O_ACCMODE) | O_RDWR;
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int posix_fadvise64(int fd, off64_t off, off64_t len, int advice)
{
	struct stat st;
	char byte;

	if (fail.stale && advice == POSIX_FADV_DONTNEED && !off && !len && !fstat(fd, &st) &&
	    syscall(SYS_pread64, fd, &byte, 1, st.st_size - 1) == 1) {
		fail.stale = 0;
		byte ^= 1;
		if (pwrite(fd, &byte, 1, st.st_size - 1) != 1)
			_exit(96);
	}
	return (int)syscall(SYS_fadvise64, fd, off, len, advice);
}

int posix_fadvise(int fd, off_t off, off_t len, int advice)
{
	return posix_fadvise64(fd, off, len, advice);
}

/* fstat64() is another name for it. */
int fstat(int fd, struct stat *st)
{
	int ret = fstatat(fd, "", st, AT_EMPTY_PATH);

	if (!ret && fail.device.st_ino && st->st_ino == fail.device.st_ino &&
	    st->st_dev == fail.device.st_dev)
		st->st_mode = S_IFBLK | 0600;
	return ret;
}

int fstat64(int fd, struct stat64 *st)
{
	return fstat(fd, (struct stat *)st);
}

/* All calls have four arguments, of which some are not used: as in the C library. */
int prctl(int option, ...)
{
	unsigned long arg[4];
	va_list ap;

	va_start(ap, option);
	for (int i = 0; i < 4; i++)
		arg[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (fail.sandbox && option == PR_SET_NO_NEW_PRIVS) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_prctl, option, arg[0], arg[1], arg[2], arg[3]);
}

/* Who opens a dump. kdump_ctx_t is not known here. */
void *kdump_new(void)
{
	const char *how = getenv("FAIL") ?: "";
	typeof(kdump_new) *next = (typeof(kdump_new) *)dlsym(RTLD_NEXT, "kdump_new");

	if (!strcmp(how, "crash"))
		__builtin_trap();
	while (!strcmp(how, "hang"))
		usleep(100000);
	while (!strcmp(how, "eat")) {
		char *mem = malloc(1 << 20);

		/* Without a limit it would go on until the machine has none left. */
		if (!mem)
			abort();
		memset(mem, 1, 1 << 20);
	}
	return next();
}

/* The codecs, as their libraries have them. */
size_t libdeflate_zlib_compress(void *state, const void *src, size_t len, void *dst, size_t cap)
{
	typeof(libdeflate_zlib_compress) *next =
		(typeof(libdeflate_zlib_compress) *)dlsym(RTLD_NEXT, "libdeflate_zlib_compress");

	__atomic_add_fetch(&fail.zlib, 1, __ATOMIC_RELAXED);
	return next(state, src, len, dst, cap);
}

size_t ZSTD_compressCCtx(void *state, void *dst, size_t cap, const void *src, size_t len, int level)
{
	typeof(ZSTD_compressCCtx) *next =
		(typeof(ZSTD_compressCCtx) *)dlsym(RTLD_NEXT, "ZSTD_compressCCtx");

	__atomic_add_fetch(&fail.zstd, 1, __ATOMIC_RELAXED);
	return next(state, dst, cap, src, len, level);
}

int lzo1x_1_compress(const void *src, unsigned long len, void *dst, unsigned long *size,
		     void *state)
{
	typeof(lzo1x_1_compress) *next =
		(typeof(lzo1x_1_compress) *)dlsym(RTLD_NEXT, "lzo1x_1_compress");

	__atomic_add_fetch(&fail.lzo, 1, __ATOMIC_RELAXED);
	return next(src, len, dst, size, state);
}

static void fail_open(const char *name)
{
	fail.disk = open(name, O_RDWR | O_CLOEXEC | O_DIRECT);
	if (fail.disk < 0)
		_exit(98);
}

__attribute__((constructor))
static void fail_start(void)
{
	const char *how = getenv("FAIL");

	if (how && !strncmp(how, "malloc ", 7))
		fail.malloc_at = atol(how + 7);
	if (how && !strncmp(how, "once ", 5))
		fail.once_at = atol(how + 5);
	if (how && !strncmp(how, "read ", 5))
		fail.read_at = atol(how + 5);
	if (how && !strncmp(how, "slow ", 5))
		fail.slow_us = atol(how + 5);
	if (how && !strncmp(how, "flip ", 5))
		fail_open(how + 5);
	if (how && !strncmp(how, "disk ", 5) && stat(how + 5, &fail.device))
		_exit(95);
	fail.stale = how && !strcmp(how, "stale");
	fail.sandbox = how && !strcmp(how, "sandbox");
	fail.on = !getenv("VERIFYING");
}

__attribute__((destructor))
static void fail_end(void)
{
	if (getenv("FAIL_COUNT"))
		dprintf(2, "%ld %ld\n", fail.mallocs, fail.reads);
	if (!strcmp(getenv("FAIL") ?: "", "pack"))
		dprintf(2, "zlib %ld zstd %ld lzo %ld\n", fail.zlib, fail.zstd, fail.lzo);
}
