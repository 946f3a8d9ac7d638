// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_verify.c - verify dumps of made-up memory: they are good as written, and
 * bad with any byte changed or any part missing. They contain no kernel:
 * tests/cli and tests/vm test verify_kernel().
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/format/kdump.h"
#include "savecore/output/sink_file.h"
#include "savecore/verify/verify.h"
#include "tests/unit/job.h"

static const struct ld_range small_ranges[] = { { 0, 40 }, { 50, 70 }, { 0, 0 } };

/* A dump in a file, which tests change and restore. */
struct victim {
	int fd;
	u64 size;
	u64 data_off;		/* where page data begins */
	struct verify_report report;
	struct error err;
};

static int verify_victim(struct victim *v)
{
	struct verify_options opt = { .threads = 1, .no_kernel = true };

	memset(&v->err, 0, sizeof(v->err));
	return verify_dump(v->fd, "file", &opt, &v->report, &v->err);
}

static void expect_good(struct victim *v)
{
	if (verify_victim(v))
		fail_msg("not good: %s", v->err.text);
	assert_int_equal(v->err.text[0], 0);
}

static void expect_bad(struct victim *v, const char *text)
{
	assert_int_equal(verify_victim(v), -EBADMSG);
	assert_memory_equal(v->err.text, "file: ", 6);
	if (!strstr(v->err.text, text))
		fail_msg("'%s' is not in: %s", text, v->err.text);
}

/* Change the byte at @off by @mask. Returns whether verification found it. */
static bool change_is_found(struct victim *v, u64 off, u8 mask)
{
	u8 was, now;
	int ret;

	assert_int_equal(pread(v->fd, &was, 1, (off_t)off), 1);
	now = was ^ mask;
	assert_int_equal(pwrite(v->fd, &now, 1, (off_t)off), 1);
	ret = verify_victim(v);
	assert_true(!ret == !v->err.text[0]);
	assert_int_equal(pwrite(v->fd, &was, 1, (off_t)off), 1);
	return ret;
}

static void flip_byte(struct victim *v, u64 off, u8 mask)
{
	if (!change_is_found(v, off, mask))
		fail_msg("byte %lu of %lu ^ %#x is not found", off, v->size, mask);
}

static void flip_all(struct victim *v, u64 first, u64 end)
{
	for (u64 off = first; off < end; off++)
		flip_byte(v, off, (u8)(1 << off % 8));
}

static u64 draw_number(u64 *seed, u64 below)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*seed >> 33) % below;
}

static void flip_some(struct victim *v, u64 first, u64 end, unsigned int n)
{
	u64 seed = 1;

	while (n--)
		flip_byte(v, first + draw_number(&seed, end - first), 0xff);
}

/*
 * Compressed data is redundant: decoders of zstd and LZO ignore some bits, and a
 * match may be the same in another place. So a change that is not found must
 * leave all page frames as they were, and be rare.
 */
static void flip_packed(struct victim *v, struct job *j, unsigned int n)
{
	u64 seed = 1, missed = 0;

	for (unsigned int i = 0; i < n; i++) {
		u64 off = v->data_off + draw_number(&seed, v->size - v->data_off);
		u8 mask = i % 2 ? 0xff : (u8)(1 << draw_number(&seed, 8));

		if (change_is_found(v, off, mask))
			continue;
		missed++;
		j->sink.data[off] ^= mask;
		check_kdump(j, all_content);
		j->sink.data[off] ^= mask;
	}
	if (missed > n / 20)
		fail_msg("%lu of %u changes are not found", missed, n);
}

/*
 * A small dump with some pages of zeros. Without them no descriptor would lead to
 * the shared page of zeros, and nothing would read it.
 */
static void small_job(struct job *j)
{
	job_open(j, small_ranges);
	j->p.workers = 1;
	for (u64 pfn = 20; pfn < 30; pfn++)
		memset(fake_page(&j->src, pfn), 0, FAKE_PAGE);
}

static void take_dump(struct victim *v, struct job *j)
{
	memset(v, 0, sizeof(*v));
	assert_int_equal(ld_dump(&j->p, &j->st), 0);
	v->fd = dump_fd(j);
	v->size = j->sink.final;
	v->data_off = v->size - j->st.pages.kept * FAKE_PAGE;
	if (j->request.format->compresses)
		v->data_off = 4 * FAKE_PAGE + j->st.pages.kept * sizeof(struct kdump_desc);
}

static void elf_job(struct job *j)
{
	small_job(j);
	j->request.format = &ld_format_elf;
	j->request.codec = &ld_codec_none;
}

static void test_good(void **state)
{
	(void)state;
	for (unsigned int i = 0; ld_codecs[i]; i++) {
		for (unsigned int level = 0; level <= 31; level += 31) {
			struct victim v;
			struct job j;

			job_open(&j, job_ranges);
			j.request.codec = ld_codecs[i];
			j.request.codec_level = ld_codecs[i]->level_default;
			j.request.level = level;
			mixed_flags(&j);
			for (u64 pfn = 600; pfn < 900; pfn++)
				memset(fake_page(&j.src, pfn), 0, FAKE_PAGE);
			take_dump(&v, &j);
			expect_good(&v);
			assert_int_equal(v.report.pages, j.st.pages.kept);
			assert_string_equal(v.report.format, "kdump");
			assert_string_equal(v.report.release, "6.1.0-fake");
			assert_false(v.report.incomplete);
			close(v.fd);
			job_close(&j);
		}
	}
}

static void test_good_elf(void **state)
{
	struct victim v;
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.request.format = &ld_format_elf;
	j.request.codec = &ld_codec_none;
	mixed_flags(&j);
	/* The kernel image is mapped a second time. */
	j.src.src.system.kernel_paddr = 256 * FAKE_PAGE;
	j.src.src.system.kernel_size = 1000 * FAKE_PAGE;
	take_dump(&v, &j);
	expect_good(&v);
	assert_int_equal(v.report.pages, j.st.pages.kept);
	assert_string_equal(v.report.format, "elf");
	close(v.fd);
	job_close(&j);
}

/* More program headers than the ELF header can count. */
static void test_many_phdrs(void **state)
{
	static const struct ld_range ranges[] = { { 0, 140000 }, { 0, 0 } };
	struct victim v;
	struct job j;

	(void)state;
	job_open(&j, ranges);
	j.request.format = &ld_format_elf;
	j.request.codec = &ld_codec_none;
	j.request.memory = 0;
	memset(j.src.mem, 0, j.src.max * FAKE_PAGE);
	for (u64 pfn = 0; pfn < j.src.max; pfn++)
		j.src.page_flags[pfn] = pfn % 2 ? LD_PAGE_FREE : LD_PAGE_SLAB;
	take_dump(&v, &j);
	expect_good(&v);
	assert_int_equal(v.report.pages, 70000);
	flip_some(&v, 0, sizeof(Elf64_Ehdr) + 70001 * sizeof(Elf64_Phdr) + sizeof(Elf64_Shdr), 30);
	flip_all(&v, sizeof(Elf64_Ehdr) + 70001 * sizeof(Elf64_Phdr),
		 sizeof(Elf64_Ehdr) + 70001 * sizeof(Elf64_Phdr) + 4);
	close(v.fd);
	job_close(&j);
}

static void test_describe(void **state)
{
	struct verify_report r = {
		.format = "kdump", .pages = 12345, .release = "6.1.0\n",
		.seal = { .mode = LD_MODE_FREEZE, .pause_ns = 12345678 },
	};
	char text[200];

	(void)state;
	verify_describe(text, sizeof(text), &r);
	assert_string_equal(text, "good: kdump, 12345 pages, point-in-time (pause 12.345 ms), 6.1.0\\x0a");
	r.seal.unseen = 1;
	verify_describe(text, sizeof(text), &r);
	assert_string_equal(text, "good: kdump, 12345 pages, point-in-time, 1 page written by devices (pause 12.345 ms), 6.1.0\\x0a");
	r.seal.unseen = LD_SEAL_UNSEEN_UNKNOWN;
	verify_describe(text, sizeof(text), &r);
	assert_non_null(strstr(text, "point-in-time, not checked for writes by devices (pause"));
	r.seal.unseen = 0;
	r.seal.mode = LD_MODE_LIVE;
	r.incomplete = true;
	r.format = "elf";
	verify_describe(text, sizeof(text), &r);
	assert_string_equal(text, "good: elf, 12345 pages, live, incomplete, 6.1.0\\x0a");
	r.uncompared = true;
	verify_describe(text, sizeof(text), &r);
	assert_non_null(strstr(text, "live, incomplete, content not compared, 6.1.0"));
}

static void test_frozen(void **state)
{
	struct victim v;
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.request.mode = LD_MODE_FREEZE;
	j.request.max_pause_ns = 4000000000ULL;
	take_dump(&v, &j);
	expect_good(&v);
	assert_int_equal(v.report.seal.mode, LD_MODE_FREEZE);
	assert_int_equal(v.report.seal.frozen, j.st.pages.buffered);
	close(v.fd);
	job_close(&j);
}

static void write_unseen(struct fake_source *f)
{
	for (u64 pfn = 300; pfn < 303; pfn++)
		fake_write_unseen(f, pfn);
}

/* The seal says what a dump is worth, not how it came about: older readers know it. */
static void test_precopied(void **state)
{
	struct victim v;
	struct job j;

	(void)state;
	for (int devices = 0; devices < 2; devices++) {
		job_open(&j, job_ranges);
		fake_track(&j.src);
		j.src.page_flags[500] = devices ? 0 : LD_PAGE_USER;
		j.src.before_stop = devices ? write_unseen : NULL;
		j.request.level = 0;
		j.request.mode = LD_MODE_PRECOPY;
		j.request.max_pause_ns = 4000000000ULL;
		take_dump(&v, &j);
		expect_good(&v);
		assert_int_equal(v.report.seal.mode, devices ? LD_MODE_FREEZE :
							       LD_MODE_FREEZE_KERNEL);
		assert_int_equal(v.report.seal.unseen, devices ? 3 : 0);
		assert_int_equal(v.report.seal.frozen, j.st.pages.buffered);
		close(v.fd);
		job_close(&j);
	}
}

/* Every byte before the data, its padding included, and some of the data. */
static void test_flips(void **state)
{
	(void)state;
	for (unsigned int i = 0; ld_codecs[i]; i++) {
		struct victim v;
		struct job j;

		small_job(&j);
		j.request.codec = ld_codecs[i];
		j.request.codec_level = ld_codecs[i]->level_default;
		take_dump(&v, &j);
		expect_good(&v);
		if (!i)
			flip_all(&v, 0, v.data_off);
		else
			flip_some(&v, 0, v.data_off, 100);
		if (j.request.codec->flag)
			flip_packed(&v, &j, 300);
		else
			flip_some(&v, v.data_off, v.size, 300);
		expect_good(&v);
		close(v.fd);
		job_close(&j);
	}
}

static void test_flips_zlib_desc(void **state)
{
	struct victim v;
	struct job j;

	(void)state;
	small_job(&j);
	j.request.codec = &ld_codec_zlib;
	take_dump(&v, &j);
	/* zlib ignores bytes after its data. */
	flip_all(&v, 4 * FAKE_PAGE, v.data_off);
	close(v.fd);
	job_close(&j);
}

static void test_flips_elf(void **state)
{
	struct victim v;
	struct job j;

	(void)state;
	elf_job(&j);
	take_dump(&v, &j);
	expect_good(&v);
	flip_all(&v, 0, v.data_off);
	flip_some(&v, v.data_off, v.size, 300);
	expect_good(&v);
	close(v.fd);
	job_close(&j);
}

static void stream_of(struct victim *v, struct job *j)
{
	struct sink_stream *stream;
	struct stat st;

	memset(v, 0, sizeof(*v));
	v->fd = memfd_create("stream", MFD_CLOEXEC);
	assert_int_equal(sink_stream_open(&stream, v->fd), 0);
	j->p.sink = sink_stream_sink(stream);
	assert_int_equal(ld_dump(&j->p, &j->st), 0);
	sink_stream_close(stream);
	assert_int_equal(fstat(v->fd, &st), 0);
	v->size = (u64)st.st_size;
}

static void test_stream(void **state)
{
	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		struct victim v;
		struct job j;

		if (elf)
			elf_job(&j);
		else
			small_job(&j);
		stream_of(&v, &j);
		expect_good(&v);
		assert_int_equal(v.report.pages, j.st.pages.kept);
		flip_all(&v, 0, 40);
		flip_some(&v, 0, v.size, 500);
		flip_all(&v, v.size - 16, v.size);
		expect_good(&v);
		close(v.fd);
		job_close(&j);
	}
}

/* A file of any shorter length, or a longer one, is bad. */
static void check_lengths(struct victim *v)
{
	u8 *all = malloc(v->size);
	u64 seed = 7;

	assert_int_equal(pread(v->fd, all, v->size, 0), v->size);
	for (int i = 0; i < 20; i++) {
		u64 len = i ? draw_number(&seed, v->size) : v->size - 1;

		assert_int_equal(ftruncate(v->fd, (off_t)len), 0);
		if (!verify_victim(v))
			fail_msg("cut to %lu of %lu bytes: not found", len, v->size);
		assert_true(v->err.text[0] != 0);
		assert_int_equal(pwrite(v->fd, all, v->size, 0), v->size);
	}
	assert_int_equal(ftruncate(v->fd, (off_t)v->size + 1), 0);
	expect_bad(v, "");
	assert_int_equal(ftruncate(v->fd, (off_t)v->size), 0);
	expect_good(v);
	free(all);
}

static void test_lengths(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		struct victim v;
		struct job j;

		if (kind == 1)
			elf_job(&j);
		else
			small_job(&j);
		if (kind == 2)
			stream_of(&v, &j);
		else
			take_dump(&v, &j);
		check_lengths(&v);
		close(v.fd);
		job_close(&j);
	}
}

/* The message names the first error. */
static void test_words(void **state)
{
	const struct kdump_sub_header *sub;
	struct kdump_desc desc, was;
	struct victim v;
	struct job j;
	u64 at, zero;

	(void)state;
	small_job(&j);
	take_dump(&v, &j);
	sub = (void *)(j.sink.data + FAKE_PAGE);
	/* The third page frame's descriptor: larger than a page. */
	at = 4 * FAKE_PAGE + 3 * sizeof(desc);
	assert_int_equal(pread(v.fd, &was, sizeof(was), (off_t)at), sizeof(was));
	desc = was;
	desc.size = 1 << 30;
	assert_int_equal(pwrite(v.fd, &desc, sizeof(desc), (off_t)at), sizeof(desc));
	expect_bad(&v, "page frame 3 cannot be read: its descriptor is damaged: ");
	desc = was;
	desc.offset = (s64)v.size;
	assert_int_equal(pwrite(v.fd, &desc, sizeof(desc), (off_t)at), sizeof(desc));
	expect_bad(&v, "page frame 3 cannot be read: its data is outside of the file: ");
	/* The data of another page: it decompresses, but has the wrong content. */
	zero = 4 * FAKE_PAGE + 20 * sizeof(desc);
	assert_int_equal(pread(v.fd, &desc, sizeof(desc), (off_t)zero), sizeof(desc));
	assert_int_equal(pwrite(v.fd, &desc, sizeof(desc), (off_t)at), sizeof(desc));
	expect_bad(&v, "do not cover all of the file");
	assert_int_equal(pwrite(v.fd, &was, sizeof(was), (off_t)at), sizeof(was));
	expect_good(&v);

	flip_byte(&v, 100, 1);
	assert_non_null(strstr(v.err.text, "its headers are not as they were written"));
	flip_byte(&v, 3 * FAKE_PAGE, 1);
	assert_non_null(strstr(v.err.text, "its bitmap of page frames"));
	flip_byte(&v, sub->offset_note + j.src.src.system.seal_off - 12, 1);
	assert_non_null(strstr(v.err.text, "it has no checksums: only dumps that savecore wrote"));
	flip_byte(&v, sub->offset_note + j.src.src.system.seal_off, 1);
	assert_non_null(strstr(v.err.text, "unknown version 3"));
	assert_int_equal(ftruncate(v.fd, 30000), 0);
	expect_bad(&v, "it is 30000 bytes long and was ");
	close(v.fd);
	job_close(&j);
}

/* Two descriptors are exchanged: only the content of the pages shows it. */
static void test_exchanged(void **state)
{
	struct kdump_desc a, b;
	struct victim v;
	struct job j;

	(void)state;
	small_job(&j);
	j.request.codec = &ld_codec_none;
	take_dump(&v, &j);
	assert_int_equal(pread(v.fd, &a, sizeof(a), 4 * FAKE_PAGE), sizeof(a));
	assert_int_equal(pread(v.fd, &b, sizeof(b), 4 * FAKE_PAGE + sizeof(a)), sizeof(b));
	assert_int_equal(pwrite(v.fd, &b, sizeof(b), 4 * FAKE_PAGE), sizeof(b));
	assert_int_equal(pwrite(v.fd, &a, sizeof(a), 4 * FAKE_PAGE + sizeof(a)), sizeof(a));
	expect_bad(&v, "the content of its page frames is not what was written");
	close(v.fd);
	job_close(&j);
}

/*
 * A changed header with a matching seal: other checks than its checksum must find
 * the error, and it must do no harm.
 */
static void reseal(struct victim *v, const struct job *j, unsigned int more_pages)
{
	const struct kdump_sub_header *sub = (void *)(j->sink.data + FAKE_PAGE);
	u64 off = sub->offset_note + j->src.src.system.seal_off;
	u8 block[FAKE_PAGE];
	struct ld_seal seal;

	assert_int_equal(pread(v->fd, &seal, sizeof(seal), (off_t)off), sizeof(seal));
	seal.meta_sum = 0;
	seal.pages += more_pages;
	for (u64 at = 0; at < 3 * FAKE_PAGE; at += FAKE_PAGE) {
		assert_int_equal(pread(v->fd, block, FAKE_PAGE, (off_t)at), FAKE_PAGE);
		if (at == FAKE_PAGE)
			memset(block + off - at, 0, sizeof(seal));
		ld_seal_meta(&seal, at, block, FAKE_PAGE);
	}
	ld_seal_close(&seal, off);
	assert_int_equal(pwrite(v->fd, &seal, sizeof(seal), (off_t)off), sizeof(seal));
}

static void test_resealed(void **state)
{
	struct victim v;
	u64 found = 0;
	struct job j;

	(void)state;
	small_job(&j);
	take_dump(&v, &j);
	reseal(&v, &j, 0);
	expect_good(&v);
	for (u64 off = 0; off < FAKE_PAGE + sizeof(struct kdump_sub_header) + 2000; off++) {
		u8 was, now;

		assert_int_equal(pread(v.fd, &was, 1, (off_t)off), 1);
		now = was ^ 0xff;
		assert_int_equal(pwrite(v.fd, &now, 1, (off_t)off), 1);
		reseal(&v, &j, 0);
		if (verify_victim(&v)) {
			found++;
			assert_true(v.err.text[0] != 0);
		}
		assert_int_equal(pwrite(v.fd, &was, 1, (off_t)off), 1);
	}
	reseal(&v, &j, 0);
	expect_good(&v);
	assert_true(found > 100);
	reseal(&v, &j, 1);
	expect_bad(&v, "60 page frames can be read, not 61");
	close(v.fd);
	job_close(&j);
}

static void incomplete_job(struct job *j)
{
	job_open(j, job_ranges);
	j->src.after_read = cancel_late;
	j->src.arg = j;
	j->request.keep_partial = true;
	j->request.memory = 0;
}

static void test_incomplete(void **state)
{
	struct victim v;
	struct job j;

	(void)state;
	for (unsigned int workers = 1; workers < 4; workers++) {
		incomplete_job(&j);
		j.p.workers = workers;
		take_dump(&v, &j);
		assert_true(j.st.end.incomplete);
		expect_good(&v);
		assert_true(v.report.incomplete);
		assert_int_equal(v.report.pages, j.st.pages.kept);
		assert_true(j.st.pages.missing > 0);
		flip_some(&v, 0, 4 * FAKE_PAGE, 100);
		close(v.fd);
		job_close(&j);
	}
	/* The file system fills up during the dump. */
	job_open(&j, job_ranges);
	j.request.keep_partial = true;
	j.p.workers = 1;
	j.sink.fail_at = 2000000;
	j.sink.fail_with = -ENOSPC;
	take_dump(&v, &j);
	assert_true(j.st.end.incomplete);
	expect_good(&v);
	assert_int_equal(v.report.pages, j.st.pages.kept);
	close(v.fd);
	job_close(&j);
}

/* Give an ELF core the keep_sum @sum, with a matching seal. */
static void reseal_elf(struct victim *v, const struct job *j, u64 sum)
{
	struct ld_seal seal, old;
	Elf64_Phdr note;
	u64 off;

	assert_int_equal(pread(v->fd, &note, sizeof(note), sizeof(Elf64_Ehdr)), sizeof(note));
	off = note.p_offset + j->src.src.system.seal_off;
	assert_int_equal(pread(v->fd, &seal, sizeof(seal), (off_t)off), sizeof(seal));
	old = seal;
	old.meta_sum = 0;
	seal.meta_sum -= port_hash64(&old, sizeof(old), off);
	seal.keep_sum = sum;
	ld_seal_close(&seal, off);
	assert_int_equal(pwrite(v->fd, &seal, sizeof(seal), (off_t)off), sizeof(seal));
}

static void test_incomplete_elf(void **state)
{
	struct victim v;
	struct job j;
	u64 first;

	(void)state;
	incomplete_job(&j);
	j.request.format = &ld_format_elf;
	j.request.codec = &ld_codec_none;
	take_dump(&v, &j);
	assert_true(j.st.end.incomplete);
	expect_good(&v);
	assert_true(v.report.incomplete);
	assert_false(v.report.uncompared);
	first = v.size - (j.st.pages.kept + j.st.pages.missing) * FAKE_PAGE;
	flip_some(&v, first, first + 10 * FAKE_PAGE, 30);
	/* An older writer does not tell the sum: then nobody can compare the content. */
	reseal_elf(&v, &j, 1);
	assert_false(change_is_found(&v, first + 100, 1));
	assert_true(v.report.uncompared);
	expect_good(&v);
	close(v.fd);
	job_close(&j);
}

/*
 * A file system takes what there is room for, and cuts a write at the end of a block,
 * which may be in the midst of a page descriptor or a page.
 */
static void test_full_anywhere(void **state)
{
	unsigned int kept = 0, most = 0;

	(void)state;
	for (unsigned int blocks = 1; blocks < 1000; blocks += 7) {
		struct victim v = { 0 };
		struct job j;

		job_open(&j, job_ranges);
		j.request.format = blocks % 2 ? &ld_format_kdump : &ld_format_elf;
		j.request.codec = &ld_codec_none;
		j.request.keep_partial = true;
		j.p.workers = 1 + blocks % 3;
		j.sink.blocks = blocks;
		if (!ld_dump(&j.p, &j.st)) {
			assert_true(j.st.end.incomplete);
			assert_int_equal(j.st.end.err, -ENOSPC);
			v.fd = dump_fd(&j);
			expect_good(&v);
			assert_false(v.report.uncompared);
			assert_int_equal(v.report.pages, j.st.pages.kept);
			kept++;
			if (v.report.pages > most)
				most = (unsigned int)v.report.pages;
			close(v.fd);
		}
		job_close(&j);
	}
	/* Without room for the headers there is no dump. */
	assert_true(kept > 140);
	assert_true(most > 500);
}

/* A limit of memory that libkdumpfile would exceed: the dump is neither good nor bad. */
static void test_memory(void **state)
{
	struct verify_options opt = { .threads = 1, .no_kernel = true, .memory = 255 };
	struct error err = { 0 };
	struct victim v;
	struct job j;

	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		job_open(&j, job_ranges);
		if (elf) {
			j.request.format = &ld_format_elf;
			j.request.codec = &ld_codec_none;
		}
		take_dump(&v, &j);
		err.text[0] = '\0';
		assert_int_equal(verify_dump(v.fd, "core", &opt, &v.report, &err), -ENOMEM);
		assert_non_null(strstr(err.text, "libkdumpfile would need "));
		close(v.fd);
		job_close(&j);
	}
}

static void test_not_a_dump(void **state)
{
	static const char *const texts[] = {
		"", "x", "this is a text, and no dump at all, and long enough to be one",
		"KDUMP   and nothing more", "\177ELF\2\1\1 and nothing more",
		"makedumpfile\0\0\0\0",
	};
	struct verify_options opt = { .threads = 1, .no_kernel = true };
	struct victim v = { 0 };
	struct error err = { 0 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		v.fd = memfd_create("text", MFD_CLOEXEC);
		assert_true(write(v.fd, texts[i], strlen(texts[i])) >= 0);
		expect_bad(&v, "");
		assert_int_equal(ftruncate(v.fd, 100000), 0);
		expect_bad(&v, "");
		close(v.fd);
	}
	v.fd = open("/", O_RDONLY);
	assert_int_equal(verify_dump(v.fd, "/", &opt, &v.report, &err), -EINVAL);
	assert_non_null(strstr(err.text, "not a file"));
	close(v.fd);
}

static void test_cancelled(void **state)
{
	struct ld_control ctl = { 0 };
	struct verify_options opt = { .threads = 2, .no_kernel = true, .control = &ctl };
	struct error err = { 0 };
	struct victim v;
	struct job j;

	(void)state;
	small_job(&j);
	take_dump(&v, &j);
	assert_int_equal(verify_dump(v.fd, "file", &opt, &v.report, &err), 0);
	assert_int_equal(port_atomic64_read(&ctl.done), j.st.pages.kept);
	assert_int_equal(port_atomic64_read(&ctl.total), j.st.pages.kept);
	ld_control_cancel(&ctl, LD_CAUSE_SIGNAL);
	assert_int_equal(verify_dump(v.fd, "file", &opt, &v.report, &err), -ECANCELED);
	assert_int_equal(err.text[0], 0);
	close(v.fd);
	job_close(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_good_elf),
		cmocka_unit_test(test_many_phdrs),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_frozen),
		cmocka_unit_test(test_precopied),
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_flips_zlib_desc),
		cmocka_unit_test(test_flips_elf),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_exchanged),
		cmocka_unit_test(test_resealed),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_full_anywhere),
		cmocka_unit_test(test_incomplete_elf),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_not_a_dump),
		cmocka_unit_test(test_cancelled),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
