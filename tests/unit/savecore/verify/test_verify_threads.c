// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_verify_threads.c - verify dumps with any number of threads: all of them work, they
 * find what one finds, and their memory is within the limit.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/format/kdump.h"
#include "dumpfile/frames/packed.h"
#include "savecore/verify/verify.h"
#include "savecore/verify/verify_share.h"
#include "tests/unit/job.h"

#define MIB		(1ULL << 20)
#define WORKER_BYTES	(PACKED_READER_BYTES + 32 * 1024)	/* a little more than it takes */

struct verdict_text {
	int ret;
	char text[sizeof(((struct error *)NULL)->text)];
	u64 threads;			/* that read */
};

static void verify_with(int fd, unsigned int threads, u64 memory, struct verdict_text *v)
{
	struct verify_options opt = { .threads = threads, .no_kernel = true, .memory = memory };
	struct verify_report report;
	struct error err = { 0 };

	port_atomic64_set(&fake_pread_threads, 0);
	port_atomic64_add(&fake_pread_round, 1);
	v->ret = verify_dump(fd, "file", &opt, &report, &err);
	v->threads = (u64)port_atomic64_read(&fake_pread_threads);
	strcpy(v->text, err.text);
}

static void expect_good(int fd, unsigned int threads, u64 memory, u64 used)
{
	struct verdict_text v;

	verify_with(fd, threads, memory, &v);
	if (v.ret)
		fail_msg("%u threads: %s", threads, v.text);
	assert_int_equal(v.threads, used);
}

/* So many page frames are all zero. */
static int take_dump(struct job *j, bool elf, unsigned int zeros)
{
	job_open(j, job_ranges);
	if (elf) {
		j->request.format = &ld_format_elf;
		j->request.codec = &ld_codec_none;
	}
	j->request.level = 0;
	for (u64 pfn = 600; pfn < 600 + zeros; pfn++)
		memset(fake_page(&j->src, pfn), 0, FAKE_PAGE);
	assert_int_equal(ld_dump(&j->p, &j->st), 0);
	return dump_fd(j);
}

/* port_run() has at most 256 threads. A worker without one must not change what is found. */
static void test_used(void **state)
{
	struct job j;
	int fd;

	(void)state;
	fd = take_dump(&j, false, 0);
	expect_good(fd, 1, 0, 1);
	expect_good(fd, 3, 0, 3);
	expect_good(fd, 8, 0, 8);
	/* A limit of memory with room for two, and not for three. */
	expect_good(fd, 8, 5 * MIB / 2, 2);
	expect_good(fd, 300, 0, 256);
	close(fd);
	job_close(&j);
	fd = take_dump(&j, true, 300);
	expect_good(fd, 1, 0, 1);
	expect_good(fd, 8, 0, VERIFY_READERS_MAX);
	close(fd);
	job_close(&j);
}

static void change(int fd, u64 off, u8 mask)
{
	u8 byte;

	assert_int_equal(pread(fd, &byte, 1, (off_t)off), 1);
	byte ^= mask;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)off), 1);
}

/* With any number of threads the dump is bad, and for the same reason. */
static void expect_same(int fd, const char *says)
{
	static const unsigned int threads[] = { 2, 8, 16 };
	struct verdict_text one, many;

	verify_with(fd, 1, 0, &one);
	assert_int_equal(one.ret, -EBADMSG);
	if (!strstr(one.text, says))
		fail_msg("'%s' is not in: %s", says, one.text);
	for (size_t i = 0; i < sizeof(threads) / sizeof(*threads); i++) {
		verify_with(fd, threads[i], 0, &many);
		assert_int_equal(many.ret, one.ret);
		assert_string_equal(many.text, one.text);
	}
}

static u64 desc_off(const struct job *j)
{
	const struct kdump_header *h = (const void *)j->sink.data;

	return (1 + (u64)h->sub_hdr_size + h->bitmap_blocks) * FAKE_PAGE;
}

/* Where the data of the page frame with rank @rank is. */
static u64 data_off(const struct job *j, u64 rank)
{
	const struct kdump_desc *desc = (const void *)(j->sink.data + desc_off(j));

	return (u64)desc[rank].offset;
}

/* Whichever worker has the page frame, and whether libkdumpfile is asked for it, too. */
static void test_damage(void **state)
{
	struct job j;
	u64 step;
	int fd;

	(void)state;
	fd = take_dump(&j, false, 300);
	step = j.st.pages.kept / 13;
	for (u64 rank = 1; rank < j.st.pages.kept; rank += step) {
		u64 off = desc_off(&j) + rank * sizeof(struct kdump_desc) +
			  offsetof(struct kdump_desc, size);

		/* Larger than a page; then the data, whose first bytes say what it is. */
		change(fd, off + 2, 0xff);
		expect_same(fd, "its descriptor is damaged");
		change(fd, off + 2, 0xff);
		change(fd, data_off(&j, rank), 0xff);
		expect_same(fd, "page frame");
		/* The first is named. */
		change(fd, data_off(&j, 0), 0xff);
		expect_same(fd, "page frame");
		change(fd, data_off(&j, 0), 0xff);
		change(fd, data_off(&j, rank), 0xff);
	}
	expect_good(fd, 8, 0, 8);
	close(fd);
	job_close(&j);
}

static void test_damage_elf(void **state)
{
	struct job j;
	int fd;

	(void)state;
	fd = take_dump(&j, true, 300);
	for (u64 off = j.sink.final - j.st.pages.kept * FAKE_PAGE; off < j.sink.final;
	     off += 200 * FAKE_PAGE) {
		change(fd, off, 1);
		expect_same(fd, "the content of its page frames is not what was written");
		change(fd, off, 1);
	}
	expect_good(fd, 8, 0, VERIFY_READERS_MAX);
	close(fd);
	job_close(&j);
}

/* A kdump file of a machine with @bytes of memory. */
static struct dumpfile of_machine(u64 bytes)
{
	return (struct dumpfile){
		.format = &dumpfile_format_kdump, .page_shift = 12, .runs = 1000,
		.kdump = { .bitmap_blocks = (bytes >> 12) / 8 / FAKE_PAGE },
	};
}

static void expect_share(const struct dumpfile *d, unsigned int threads, u64 memory,
			 unsigned int workers, unsigned int readers)
{
	struct verify_share s = verify_share(d, threads, memory);

	assert_int_equal(s.workers, workers);
	assert_int_equal(s.readers, readers);
}

static void test_share(void **state)
{
	struct dumpfile small = of_machine(16ULL << 30), large = of_machine(4ULL << 40);
	struct dumpfile elf = { .format = &dumpfile_format_elf, .page_shift = 12, .runs = 4096,
				 .elf.nr_phdr = 4096 };

	(void)state;
	expect_share(&small, 1, 1ULL << 30, 1, 1);
	expect_share(&small, 2, 1ULL << 30, 2, 2);
	expect_share(&small, 16, 1ULL << 30, 16, 4);
	expect_share(&small, 256, 1ULL << 30, 256, 4);
	/* Workers come first: each reader has the bitmap of 512 KiB. */
	expect_share(&small, 16, 35 * MIB / 2, 16, 2);
	expect_share(&small, 16, 9 * MIB, 8, 1);
	expect_share(&small, 16, 1, 1, 1);
	/* A bitmap of 128 MiB is read once. */
	expect_share(&large, 16, 1ULL << 30, 16, 1);
	expect_share(&large, 16, 140 * MIB, 9, 1);
	expect_share(&large, 16, 129 * MIB, 1, 1);
	/* One MiB for each reader. */
	expect_share(&elf, 16, 1ULL << 30, 4, 4);
	expect_share(&elf, 16, 3 * MIB, 2, 2);
	expect_share(&elf, 16, 1, 1, 1);
	/* Few threads of libkdumpfile are then no limit. */
	elf.runs++;
	elf.elf.nr_phdr++;
	expect_share(&elf, 16, 1ULL << 30, 16, 4);
	expect_share(&elf, 16, 2 * MIB, 16, 1);
}

static void test_within(void **state)
{
	(void)state;
	for (u64 bytes = 1ULL << 30; bytes <= 16ULL << 40; bytes *= 4) {
		struct dumpfile d = of_machine(bytes);
		u64 reader = frame_reader_bytes(&d);

		for (u64 memory = reader + WORKER_BYTES; memory < 4 * reader + (1ULL << 30);
		     memory += memory / 3) {
			struct verify_share s = verify_share(&d, 64, memory);

			assert_in_range(s.workers, 1, 64);
			assert_in_range(s.readers, 1, VERIFY_READERS_MAX);
			assert_true(s.readers * reader + s.workers * PACKED_READER_BYTES <=
				    memory);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_used),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_damage_elf),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
