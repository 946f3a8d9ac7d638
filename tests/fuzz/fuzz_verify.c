// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fuzz_verify.c - libFuzzer target for savecore --verify and --restore: a dump or
 * a stream that may hold anything.
 *
 * An input is a byte of flags and the file. The linker replaces port_hash64():
 * all hashes are 0, so that a changed file passes the checks of its checksums. An
 * attacker could compute them, too. tests/fuzz/seeds writes zeros in their places.
 * If FUZZ_GOOD is set, all inputs must be good. The input that took longest for its
 * size is told at the end; one that took too long is a crash.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <libkdumpfile/kdumpfile.h>

#include "core/format/kdump.h"
#include "dumpfile/dumpfile.h"
#include "dumpfile/flat.h"
#include "savecore/verify/verify.h"

/* The flags. */
#define PATCH_SIZE	1	/* have the seal say how long the file is */
#define FROM_PIPE	2	/* read the stream as it comes, not by offset */
#define NO_KERNEL	4
#define OVERWRITES	8	/* as with --no-verify */
#define TWO_THREADS	16
#define SPARSE		32	/* make a kdump file as long as its header says, with a hole */

#define SPARSE_MAX	(1LL << 40)	/* bytes */

/* CPU time that an input may take: so much, and so much for each byte of it. */
#define TIME_US		1500000.0
#define TIME_BYTE_US	40.0

#define CHECK(cond) do { if (!(cond)) __builtin_trap(); } while (0)

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
const char *__lsan_default_suppressions(void);
kdump_ctx_t *__real_kdump_new(void);
kdump_ctx_t *__wrap_kdump_new(void);
void __real_kdump_free(kdump_ctx_t *ctx);
void __wrap_kdump_free(kdump_ctx_t *ctx);
u64 __wrap_port_hash64(const void *data, size_t len, u64 seed);

u64 __wrap_port_hash64(const void *data, size_t len, u64 seed)
{
	const volatile u8 *at = data;

	(void)seed;
	if (len)
		(void)(at[0] | at[len - 1]);
	return 0;
}

/*
 * libkdumpfile 0.5.1 leaks some bytes if VMCOREINFO is damaged, as in
 * found/verify-vmcoreinfo. Its contexts are counted: all must be freed.
 */
const char *__lsan_default_suppressions(void)
{
	return "leak:libkdumpfile.so";
}

static port_atomic64_t contexts;

kdump_ctx_t *__wrap_kdump_new(void)
{
	port_atomic64_add(&contexts, 1);
	return __real_kdump_new();
}

void __wrap_kdump_free(kdump_ctx_t *ctx)
{
	port_atomic64_add(&contexts, -1);
	__real_kdump_free(ctx);
}

static int file_make(const u8 *data, size_t size)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	CHECK(fd >= 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	return fd;
}

/* The note is its name, padded to 4 bytes, and the seal. */
static void seal_patch_size(int fd, const u8 *data, size_t size)
{
	static const char name[] = LD_SEAL_NAME "\0\0\0";
	const u8 *note = memmem(data, size, name, sizeof(name));
	u64 bytes = size;
	size_t off;

	if (!note)
		return;
	off = (size_t)(note - data) + sizeof(name) + offsetof(struct ld_seal, file_bytes);
	if (off + sizeof(bytes) <= size)
		CHECK(pwrite(fd, &bytes, sizeof(bytes), (off_t)off) == sizeof(bytes));
}

static void result_check(int ret, const struct error *err)
{
	CHECK(!ret == !err->text[0]);
	CHECK(!strchr(err->text, '\n'));
	if (ret && getenv("FUZZ_GOOD")) {
		fprintf(stderr, "not good: %s\n", err->text);
		exit(1);
	}
}

static void dump_verify(int fd, u8 flags)
{
	struct verify_options opt = {
		.threads = flags & TWO_THREADS ? 2 : 1,
		.no_kernel = flags & NO_KERNEL,
		.memory = 256 << 20,
	};
	struct verify_report report;
	struct error err = { 0 };
	char text[400];
	int ret = verify_dump(fd, "file", &opt, &report, &err);

	result_check(ret, &err);
	if (!ret)
		verify_describe(text, sizeof(text), &report);
}

static void stream_restore(int fd, u8 flags)
{
	struct error err = { 0 };
	struct flat_request req = {
		.in = fd, .seeks = !(flags & FROM_PIPE), .name = "stream", .hint = "none",
		.out = memfd_create("dump", MFD_CLOEXEC), .out_name = "file", .out_hint = "none",
		.overwrites = flags & OVERWRITES, .err = &err,
	};
	struct flat f = { 0 };
	int ret;

	CHECK(req.out >= 0 && !lseek(fd, 0, SEEK_SET));
	ret = flat_open(&f, &req);
	if (!ret)
		ret = flat_refuse(&f);
	if (ret > 0)
		ret = flat_restore(&f);
	result_check(ret, &err);
	flat_close(&f);
	if (!ret)
		dump_verify(req.out, flags);
	close(req.out);
}

/* Where the page descriptors would end, or begin if nobody knows how many there are. */
static void file_extend(int fd, const u8 *data, size_t size)
{
	struct kdump_header h;
	s64 end;

	if (size < sizeof(h) || memcmp(data, KDUMP_SIGNATURE, 8))
		return;
	memcpy(&h, data, sizeof(h));
	if (h.block_size <= 0 || h.block_size > (s32)DUMPFILE_PAGE_MAX || h.sub_hdr_size < 0)
		return;
	end = (1 + (s64)h.sub_hdr_size + (s64)h.bitmap_blocks) * h.block_size +
	      (s64)h.written_blocks * (s64)sizeof(struct kdump_desc);
	if (end > (s64)size && end <= SPARSE_MAX)
		CHECK(!ftruncate(fd, end));
}

static struct {
	double us, ratio;
	size_t size, ratio_size;
	double ratio_us;
} slowest;

static double cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void slowest_print(void)
{
	fprintf(stderr, "slowest: %.0f us for %zu bytes; for its size: %.0f us for %zu bytes\n",
		slowest.us, slowest.size, slowest.ratio_us, slowest.ratio_size);
}

static void slowest_note(double us, size_t size)
{
	static bool registered;

	if (!registered && !atexit(slowest_print))
		registered = true;
	if (us > slowest.us) {
		slowest.us = us;
		slowest.size = size;
	}
	if (us / (double)size > slowest.ratio && size >= 1024) {
		slowest.ratio = us / (double)size;
		slowest.ratio_us = us;
		slowest.ratio_size = size;
	}
	if (us > TIME_US + TIME_BYTE_US * (double)size) {
		fprintf(stderr, "too slow: %.0f us for %zu bytes\n", us, size);
		__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	double begin = cpu_us();
	int fd;

	if (size < 2)
		return 0;
	fd = file_make(data + 1, size - 1);
	if (data[0] & SPARSE)
		file_extend(fd, data + 1, size - 1);
	if (data[0] & PATCH_SIZE)
		seal_patch_size(fd, data + 1, size - 1);
	if (size > 13 && !memcmp(data + 1, FLAT_SIGNATURE, 12))
		stream_restore(fd, data[0]);
	else
		dump_verify(fd, data[0]);
	CHECK(!port_atomic64_read(&contexts));
	close(fd);
	slowest_note(cpu_us() - begin, size);
	return 0;
}
