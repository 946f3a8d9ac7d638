// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_hostile.c - short files that claim to be large ones: no time and no memory is
 * spent on what is not there. The whole program has to do with 10 s and 1 GiB.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/codec/codec.h"
#include "dumpfile/frames/frames.h"

#define PAGE		4096U
#define CPU_SECONDS	10
#define MEMORY_KIB	(1L << 20)

/* A file system that does not tell where a file has holes. */
static bool no_holes;

off64_t lseek64(int fd, off64_t off, int whence)
{
	if (no_holes && (whence == SEEK_DATA || whence == SEEK_HOLE))
		return whence == SEEK_DATA ? off : syscall(SYS_lseek, fd, 0, SEEK_END);
	return syscall(SYS_lseek, fd, off, whence);
}

struct hostile {
	struct kdump_header h;
	struct kdump_sub_header sub;
	int fd;
	struct dumpfile d;
	struct error err;
};

static size_t note_put(u8 *at, const char *name, u32 type, const void *desc, size_t size)
{
	Elf64_Nhdr nh = { (u32)strlen(name) + 1, (u32)size, type };
	size_t padded = (strlen(name) + 4) & ~3UL;

	memcpy(at, &nh, sizeof(nh));
	memset(at + sizeof(nh), 0, padded + ((size + 3) & ~3UL));
	memcpy(at + sizeof(nh), name, strlen(name));
	memcpy(at + sizeof(nh) + padded, desc, size);
	return sizeof(nh) + padded + ((size + 3) & ~3UL);
}

/* A kdump file of @blocks blocks of each bitmap; its notes begin with VMCOREINFO. */
static void hostile_make(struct hostile *x, u64 blocks)
{
	static const char info[] = "OSRELEASE=6.1.0\nPAGESIZE=4096\n";
	u8 notes[256];
	size_t size = note_put(notes, "VMCOREINFO", 0, info, sizeof(info) - 1);

	*x = (struct hostile){
		.h = {
			.signature = "KDUMP   ", .header_version = KDUMP_HEADER_VERSION,
			.block_size = PAGE, .sub_hdr_size = 1, .bitmap_blocks = (u32)(2 * blocks),
			.total_ram_blocks = 1, .nr_cpus = 1,
		},
		.sub = {
			.offset_note = PAGE + sizeof(x->sub), .size_note = size,
			.max_mapnr_64 = blocks * PAGE * 8,
		},
		.fd = memfd_create("hostile", 0),
	};
	memcpy(x->h.signature, "KDUMP   ", 8);
	x->h.max_mapnr = x->sub.max_mapnr_64 > UINT32_MAX ? UINT32_MAX :
			 (u32)x->sub.max_mapnr_64;
	assert_int_equal(pwrite(x->fd, notes, size, (off_t)x->sub.offset_note), size);
	assert_int_equal(ftruncate(x->fd, (off_t)((2 + 2 * blocks) * PAGE)), 0);
}

static int hostile_open(struct hostile *x)
{
	struct dumpfile_request req = { .fd = x->fd, .name = "hostile", .hint = "none" };

	assert_int_equal(pwrite(x->fd, &x->h, sizeof(x->h), 0), sizeof(x->h));
	assert_int_equal(pwrite(x->fd, &x->sub, sizeof(x->sub), PAGE), sizeof(x->sub));
	x->err = (struct error){ 0 };
	return dumpfile_open(&x->d, &req, &x->err);
}

static void hostile_expect(struct hostile *x, int ret, const char *text)
{
	assert_int_equal(hostile_open(x), ret);
	if (!strstr(x->err.text, text))
		fail_msg("'%s' is not in: %s", text, x->err.text);
	close(x->fd);
}

static int sum_piece(void *arg, u64 off, const void *piece, size_t len)
{
	(void)off;
	(void)piece;
	*(u64 *)arg += len;
	return 0;
}

/* 12 KiB on the disk, and two bitmaps of 128 GiB each. */
static void test_bitmap(void **state)
{
	const u64 blocks = 1ULL << 25;
	struct hostile x;
	u64 bytes = 0;

	(void)state;
	hostile_make(&x, blocks);
	assert_int_equal(hostile_open(&x), 0);
	assert_int_equal(x.d.format->pieces(&x.d, sum_piece, &bytes, &x.err), 0);
	assert_true(bytes < 3 * PAGE);
	assert_int_equal(x.d.format->survey(&x.d, NULL, NULL, &x.err), 0);
	assert_true(frame_reader_bytes(&x.d) > 128ULL << 30);
	dumpfile_close(&x.d);
	no_holes = true;
	hostile_expect(&x, -EOPNOTSUPP, "its file system does not tell where it has holes");
	/* Shorter bitmaps are read anyway. */
	hostile_make(&x, 1000);
	assert_int_equal(hostile_open(&x), 0);
	assert_int_equal(x.d.format->survey(&x.d, NULL, NULL, &x.err), 0);
	no_holes = false;
	dumpfile_close(&x.d);
	close(x.fd);
}

/* Each second page frame: libkdumpfile needs a hundred times as much as the bitmap. */
static void test_runs(void **state)
{
	const u64 blocks = 256;
	struct hostile x;
	u64 frames = 0;
	u8 block[PAGE];

	(void)state;
	hostile_make(&x, blocks);
	for (u64 i = 0; i < blocks; i++) {
		memset(block, i % 2 ? 0xff : 0x55, sizeof(block));
		assert_int_equal(pwrite(x.fd, block, PAGE, (off_t)((2 + blocks + i) * PAGE)),
				 PAGE);
		frames += i % 2 ? PAGE * 8 : PAGE * 4;
	}
	assert_int_equal(ftruncate(x.fd, (off_t)((2 + 2 * blocks) * PAGE + 24 * frames)), 0);
	assert_int_equal(hostile_open(&x), 0);
	assert_int_equal(x.d.format->survey(&x.d, NULL, NULL, &x.err), 0);
	assert_int_equal(x.d.frames, frames);
	/* A block of ones, and the first bit of what follows, are one run. */
	assert_int_equal(x.d.runs, blocks / 2 * (PAGE * 4) + 1);
	assert_true(frame_reader_bytes(&x.d) > 24 * x.d.runs);
	dumpfile_close(&x.d);
	close(x.fd);
}

static void test_header(void **state)
{
	struct hostile x;

	(void)state;
	hostile_make(&x, 1);
	x.h.tv_usec = PAGE;
	hostile_expect(&x, -EBADMSG, "its header has a time");
	hostile_make(&x, 1);
	x.h.tv_sec = 1;
	hostile_expect(&x, -EBADMSG, "its header has a time");
	/* makedumpfile stores the time of a crash. */
	hostile_make(&x, 1);
	x.h.total_ram_blocks = 0;
	x.h.tv_sec = 1795753855;
	x.h.tv_usec = 999999;
	hostile_expect(&x, 0, "");
	dumpfile_close(&x.d);
	/* It may use a codec that savecore does not have. */
	for (u32 others = 0; others < 2; others++) {
		hostile_make(&x, 1);
		x.h.status = KDUMP_COMPRESSED_SNAPPY;
		x.h.total_ram_blocks = !others;
		hostile_expect(&x, others ? 0 : -EBADMSG, others ? "" : "unknown status 0x4");
		if (others)
			dumpfile_close(&x.d);
	}
	for (s64 usec = 1; usec < 1LL << 32; usec *= 2) {
		hostile_make(&x, 1);
		x.h.total_ram_blocks = 0;
		x.h.tv_usec = usec;
		hostile_expect(&x, -EBADMSG, "its header has a time");
	}
	hostile_make(&x, 1);
	x.sub.size_eraseinfo = 256ULL << 30;
	hostile_expect(&x, -EBADMSG, "erased parts of it");
	hostile_make(&x, 1);
	x.sub.size_note = 1ULL << 40;
	hostile_expect(&x, -EBADMSG, "its header has 1099511627776 bytes of notes");
	hostile_make(&x, 1);
	x.h.sub_hdr_size = 1 << 30;
	hostile_expect(&x, -EBADMSG, "it ends too early");
}

/* As many notes as fit, of @size bytes each. Returns what opening the dump does. */
static int open_notes(struct hostile *x, const char *name, u32 type, size_t size)
{
	const size_t room = 60U << 20;
	u8 *notes = malloc(room), desc[512] = { 0 };
	size_t at = 0;

	assert_non_null(notes);
	hostile_make(x, 1);
	while (at + 64 + size < room)
		at += note_put(notes + at, name, type, desc, size);
	x->h.sub_hdr_size = (s32)((room + (1U << 20)) / PAGE);
	x->sub.offset_note += x->sub.size_note;
	assert_int_equal(pwrite(x->fd, notes, at, (off_t)x->sub.offset_note), at);
	x->sub.offset_note -= x->sub.size_note;
	x->sub.size_note += at;
	assert_int_equal(ftruncate(x->fd, 64 << 20), 0);
	free(notes);
	return hostile_open(x);
}

static void test_notes(void **state)
{
	struct hostile x;

	(void)state;
	/* Three million notes that nobody knows. */
	assert_int_equal(open_notes(&x, "X", 1, 0), 0);
	dumpfile_close(&x.d);
	close(x.fd);
	assert_int_equal(open_notes(&x, "CORE", NT_PRSTATUS, 336), -EBADMSG);
	assert_non_null(strstr(x.err.text, "registers of more than 8192 CPUs"));
	close(x.fd);
}

static void test_rewritten(void **state)
{
	struct hostile x;

	(void)state;
	hostile_make(&x, 1);
	assert_int_equal(hostile_open(&x), 0);
	assert_false(x.d.foreign);
	dumpfile_close(&x.d);
	/* makedumpfile does not count page frames. */
	x.h.total_ram_blocks = 0;
	assert_int_equal(hostile_open(&x), 0);
	assert_true(x.d.foreign);
	dumpfile_close(&x.d);
	close(x.fd);
}

static int limits_kept(void **state)
{
	struct rusage use;

	(void)state;
	return getrusage(RUSAGE_SELF, &use) || use.ru_maxrss > MEMORY_KIB;
}

int main(void)
{
	const struct rlimit cpu = { CPU_SECONDS, CPU_SECONDS };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bitmap),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_rewritten),
	};

	if (setrlimit(RLIMIT_CPU, &cpu))
		return 1;
	return cmocka_run_group_tests(tests, NULL, limits_kept);
}
