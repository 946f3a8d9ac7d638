// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_dumpfile.c - read dumps of made-up memory in both formats: the reader
 * finds what was dumped; and messages about damaged dumps.
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
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/pages/bitmap.h"
#include "core/format/notes.h"
#include "dumpfile/dumpfile.h"
#include "dumpfile/frames/frames.h"
#include "dumpfile/frames/translate.h"
#include "tests/unit/job.h"
#include "tests/unit/page_tables.h"

#define MAP_FRAMES	4096U	/* more than any dump here has */

static const struct ld_range small_ranges[] = { { 0, 40 }, { 50, 70 }, { 0, 0 } };

const char *__lsan_default_suppressions(void);

/* libkdumpfile 0.5.1 leaks some bytes of its own when it cannot read a page table. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libkdumpfile.so";
}

/* A dump and its reader. */
struct opened {
	struct job job;
	int fd;
	struct dumpfile_request req;
	struct dumpfile d;
	struct error err;
};

static void dump_begin(struct opened *o, bool elf, const struct ld_range *ranges)
{
	memset(o, 0, sizeof(*o));
	job_open(&o->job, ranges);
	o->job.request.level = 0;
	if (elf) {
		o->job.request.format = &ld_format_elf;
		o->job.request.codec = &ld_codec_none;
	}
}

static void dump_write(struct opened *o)
{
	assert_int_equal(ld_dump(&o->job.p, &o->job.st), 0);
	o->fd = dump_fd(&o->job);
	o->req = (struct dumpfile_request){ .fd = o->fd, .name = "file", .hint = "hint" };
}

static void dump_open(struct opened *o)
{
	if (dumpfile_open(&o->d, &o->req, &o->err))
		fail_msg("not opened: %s", o->err.text);
	assert_int_equal(o->err.text[0], 0);
}

static void dump_end(struct opened *o)
{
	dumpfile_close(&o->d);
	dumpfile_close(&o->d);
	close(o->fd);
	job_close(&o->job);
}

static void open_small(struct opened *o, bool elf)
{
	dump_begin(o, elf, small_ranges);
	dump_write(o);
	dump_open(o);
}

static void expect_error(struct error *err, int ret, int want, const char *text)
{
	assert_int_equal(ret, want);
	if (strcmp(err->text, text) != 0)
		fail_msg("'%s', not '%s'", err->text, text);
	err->text[0] = '\0';
}

static void test_open(void **state)
{
	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		struct opened o;

		open_small(&o, elf);
		assert_string_equal(o.d.format->name, elf ? "elf" : "kdump");
		assert_int_equal(o.d.format->descriptors, !elf);
		assert_int_equal(o.d.file.size, o.job.sink.final);
		assert_int_equal(dumpfile_page_size(&o.d), FAKE_PAGE);
		assert_int_equal(o.d.nr_cpus, elf ? 0 : o.job.src.src.system.nr_cpus);
		assert_int_equal(o.d.has_uts, !elf);
		if (!elf)
			assert_memory_equal(o.d.uts[2], o.job.src.src.system.uts[2], 65);
		assert_false(o.d.incomplete);
		dump_end(&o);
	}
}

static void test_incomplete(void **state)
{
	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		struct opened o;

		dump_begin(&o, elf, job_ranges);
		o.job.src.after_read = cancel_late;
		o.job.src.arg = &o.job;
		o.job.request.keep_partial = true;
		o.job.request.memory = 0;
		dump_write(&o);
		dump_open(&o);
		assert_true(o.d.incomplete);
		assert_int_equal(o.d.format->survey(&o.d, NULL, NULL, &o.err), 0);
		dump_end(&o);
	}
}

static void test_notes(void **state)
{
	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		unsigned int prstatus = 0, info = 0, seals = 0, snaps = 0;
		struct ld_seal seal, raw;
		struct opened o;
		struct note note;
		size_t at = 0;
		u64 off, value;
		int ret;

		open_small(&o, elf);
		while ((ret = notes_next(&o.d.file, &o.d.notes, &at, &note, &o.err)) > 0) {
			prstatus += !strcmp(note.name, "CORE");
			info += !strcmp(note.name, "VMCOREINFO");
			seals += !strcmp(note.name, LD_SEAL_NAME);
			snaps += !strcmp(note.name, "SNAP");
		}
		assert_int_equal(ret, 0);
		assert_int_equal(at, o.d.notes.size);
		assert_int_equal(prstatus, o.job.src.src.system.nr_cpus);
		assert_int_equal(o.d.notes.nr_prstatus, prstatus);
		assert_int_equal(info + seals + snaps, 3);

		assert_string_equal(o.d.notes.release, "6.1.0-fake");
		assert_true(vmcoreinfo_num(&o.d.notes.vmcoreinfo, "PAGESIZE", &value));
		assert_int_equal(value, FAKE_PAGE);

		assert_int_equal(notes_find_seal(&o.d.file, &o.d.notes, &seal, &off, &o.err), 1);
		assert_int_equal(seal.pages, o.job.st.pages.kept);
		assert_int_equal(seal.file_bytes, o.d.file.size);
		assert_int_equal(dumpfile_read(&o.d.file, off, &raw, sizeof(raw), &o.err), 0);
		assert_memory_equal(&raw, &seal, sizeof(seal));
		dump_end(&o);
	}
}

/* The page frames of all chunks, as one bitmap. */
struct bitmap {
	u64 map[MAP_FRAMES / 64];
	u64 frames;
};

static int bitmap_take(void *arg, const struct dumpfile_chunk *c)
{
	struct bitmap *b = arg;

	assert_int_equal(c->pfn % LD_CHUNK, 0);
	assert_int_equal(c->rank, b->frames);
	for (u64 i = 0; i < LD_CHUNK; i++) {
		if (!ld_bit(c->keep, i))
			continue;
		assert_true(c->pfn + i < MAP_FRAMES);
		assert_false(ld_bit(b->map, c->pfn + i));
		ld_bit_set(b->map, c->pfn + i);
		b->frames++;
	}
	return 0;
}

static int stop_at_second(void *arg, const struct dumpfile_chunk *c)
{
	unsigned int *calls = arg;

	(void)c;
	return ++*calls == 2 ? 42 : 0;
}

static void test_chunks(void **state)
{
	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		struct bitmap chunks = { 0 }, survey = { 0 };
		unsigned int calls = 0;
		struct opened o;

		dump_begin(&o, elf, job_ranges);
		o.job.request.level = 31;
		mixed_flags(&o.job);
		/* The PT_LOADs of the kernel image map page frames again: skipped. */
		o.job.src.src.system.kernel_paddr = 256 * FAKE_PAGE;
		o.job.src.src.system.kernel_size = 1000 * FAKE_PAGE;
		dump_write(&o);
		dump_open(&o);
		assert_int_equal(o.d.format->chunks(&o.d, bitmap_take, &chunks, &o.err), 0);
		assert_int_equal(o.d.format->survey(&o.d, bitmap_take, &survey, &o.err), 0);
		assert_memory_equal(&chunks, &survey, sizeof(chunks));
		assert_int_equal(chunks.frames, o.job.st.pages.kept);
		assert_int_equal(o.d.frames, o.job.st.pages.kept);
		for (u64 pfn = 0; pfn < MAP_FRAMES; pfn++)
			assert_int_equal(ld_bit(chunks.map, pfn), in_ram(&o.job, pfn) &&
					 by_level(&o.job, pfn) != DROPPED);
		assert_int_equal(o.d.format->chunks(&o.d, stop_at_second, &calls, &o.err), 42);
		assert_int_equal(calls, 2);
		dump_end(&o);
	}
}

static int piece_mark(void *arg, u64 off, const void *piece, size_t len)
{
	struct opened *o = arg;

	assert_memory_equal(o->job.sink.data + off, piece, len);
	/* Each byte is in at most one piece; test_pieces() checks the others. */
	for (u64 at = off; at < off + len; at++) {
		assert_true(at < o->d.file.size);
		o->job.sink.data[at] = 0;
	}
	return 0;
}

/* Before the parts with checksums of their own, bytes outside of pieces are zero. */
static void test_pieces(void **state)
{
	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		struct opened o;
		u64 end;

		open_small(&o, elf);
		assert_int_equal(o.d.format->pieces(&o.d, piece_mark, &o, &o.err), 0);
		end = elf ? o.d.file.size - o.job.st.pages.kept * FAKE_PAGE : 3 * FAKE_PAGE;
		for (u64 at = 0; at < end; at++)
			assert_int_equal(o.job.sink.data[at], 0);
		dump_end(&o);
	}
}

static void test_frames(void **state)
{
	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		struct frame_reader reader;
		struct opened o;
		u8 page[FAKE_PAGE];

		open_small(&o, elf);
		assert_int_equal(frame_reader_open(&reader, &o.d, &o.err), 0);
		for (u64 pfn = 0; pfn < o.job.src.max; pfn++) {
			if (!in_ram(&o.job, pfn))
				continue;
			assert_int_equal(frame_reader_read(&reader, pfn, page, &o.err), 0);
			assert_memory_equal(page, fake_page(&o.job.src, pfn), FAKE_PAGE);
		}
		assert_int_equal(frame_reader_read(&reader, 45, page, &o.err), -EBADMSG);
		assert_memory_equal(o.err.text, "file: page frame 45 cannot be read: ", 36);
		/* The reader still works, with pages that have left the cache. */
		o.err.text[0] = '\0';
		for (u64 pfn = 50; pfn < 70; pfn++) {
			assert_int_equal(frame_reader_read(&reader, pfn, page, &o.err), 0);
			assert_memory_equal(page, fake_page(&o.job.src, pfn), FAKE_PAGE);
		}
		frame_reader_close(&reader);
		frame_reader_close(&reader);
		dump_end(&o);
	}
}

/* After an error in one page, pages that have left the cache can still be read. */
static void test_damaged_frame(void **state)
{
	struct kdump_desc desc = { .flags = KDUMP_COMPRESSED_ZSTD };
	struct frame_reader reader;
	struct opened o;
	u8 page[FAKE_PAGE];

	(void)state;
	open_small(&o, false);
	desc.offset = (s64)o.d.file.size - 8;
	desc.size = 8;
	assert_int_equal(pwrite(o.fd, &desc, sizeof(desc),
				(off_t)(o.d.kdump.desc_off + 39 * sizeof(desc))), sizeof(desc));
	assert_int_equal(frame_reader_open(&reader, &o.d, &o.err), 0);
	/* One page more than fits in the cache, so that the first has just left it. */
	for (u64 i = 0; i < 4 * 18; i++) {
		u64 pfn = i % 18;

		o.err.text[0] = '\0';
		if (pfn == 17) {
			assert_int_equal(frame_reader_read(&reader, 39, page, &o.err), -EBADMSG);
			assert_memory_equal(o.err.text, "file: page frame 39 cannot be read: ", 36);
			continue;
		}
		assert_int_equal(frame_reader_read(&reader, pfn, page, &o.err), 0);
		assert_memory_equal(page, fake_page(&o.job.src, pfn), FAKE_PAGE);
	}
	frame_reader_close(&reader);
	dump_end(&o);
}

/* Write the dump that @o has begun, and open it with its page tables. */
static void tables_open(struct opened *o, struct translation *t)
{
	dump_write(o);
	dump_open(o);
	if (translation_open(t, &o->d, &o->err))
		fail_msg("%s", o->err.text);
}

static void test_translate(void **state)
{
	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		u64 at = TEXT + 16 * FAKE_PAGE;
		u8 buf[3 * FAKE_PAGE];
		struct translation t;
		struct opened o;

		dump_begin(&o, elf, small_ranges);
		make_tables(&o.job);
		tables_open(&o, &t);
		assert_int_equal(translate_read(&t, at + 96, buf, 8, "it", &o.err), 0);
		assert_memory_equal(buf, fake_page(&o.job.src, 30) + 96, 8);
		/* The bytes span two page frames that are not adjacent. */
		assert_int_equal(translate_read(&t, at + 4000, buf, FAKE_PAGE, "it", &o.err), 0);
		assert_memory_equal(buf, fake_page(&o.job.src, 30) + 4000, 96);
		assert_memory_equal(buf + 96, fake_page(&o.job.src, 20), 4000);

		assert_int_equal(translate_read(&t, at, buf, sizeof(buf), "it", &o.err), -EBADMSG);
		assert_memory_equal(o.err.text, "file: it cannot be read: ", 25);
		o.err.text[0] = '\0';
		at = TEXT + 19 * FAKE_PAGE;
		assert_int_equal(translate_read(&t, at, buf, 1, "it", &o.err), -EBADMSG);
		assert_memory_equal(o.err.text, "file: its page tables do not lead to it: ", 41);
		/* The translation still works after an error. */
		o.err.text[0] = '\0';
		for (unsigned int i = 0; i < 32; i++) {
			at = TEXT + i % 16 * FAKE_PAGE;
			assert_int_equal(translate_read(&t, at, buf, FAKE_PAGE, "it", &o.err), 0);
			assert_memory_equal(buf, fake_page(&o.job.src, i % 16), FAKE_PAGE);
			at = i % 2 ? TEXT + 18 * FAKE_PAGE : TEXT + (2 << 20);
			assert_int_equal(translate_read(&t, at, buf, 1, "it", &o.err), -EBADMSG);
			o.err.text[0] = '\0';
		}
		translation_close(&t);
		translation_close(&t);
		dump_end(&o);
	}
}

/* What is no address, and what is not in the dump, costs nothing: stacks are full of it. */
static void test_translate_nowhere(void **state)
{
	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		struct translation t;
		struct opened o;
		u64 spent;
		u8 byte;

		dump_begin(&o, elf, small_ranges);
		make_tables(&o.job);
		tables_open(&o, &t);
		assert_int_equal(translate_read(&t, TEXT, &byte, 1, "it", &o.err), 0);
		spent = t.work;
		for (u64 i = 0; i < 3000; i++) {
			u64 at = i % 2 ? TEXT + 18 * FAKE_PAGE : 0x1234567800000000ULL + (i << 12);

			assert_int_equal(translate_read(&t, at, &byte, 1, "it", &o.err), -EBADMSG);
			o.err.text[0] = '\0';
		}
		assert_int_equal(translate_read(&t, TEXT, &byte, 1, "it", &o.err), 0);
		assert_int_equal(byte, *fake_page(&o.job.src, 0));
		assert_int_equal(t.work, spent);
		translation_close(&t);
		dump_end(&o);
	}
}

static int add_chunk(void *arg, const struct dumpfile_chunk *c)
{
	u64 *map = arg;

	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		map[c->pfn / 64 + i] |= c->keep[i];
	return 0;
}

/* Each word tells the same as all chunks do. */
static void test_words(void **state)
{
	static const struct ld_range ranges[] = {
		{ 3, 70 }, { 100, 101 }, { 129, 2000 }, { 0, 0 },
	};

	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		u64 map[2048 / 64 + LD_CHUNK_WORDS] = { 0 }, word;
		struct opened o;

		dump_begin(&o, elf, ranges);
		o.job.request.level = 31;
		mixed_flags(&o.job);
		dump_write(&o);
		dump_open(&o);
		assert_int_equal(o.d.format->chunks(&o.d, add_chunk, map, &o.err), 0);
		for (u64 i = 0; i < 2048 / 64; i++) {
			assert_int_equal(o.d.format->bitmap_word(&o.d, i * 64, &word, &o.err), 0);
			assert_true(word == map[i]);
		}
		assert_int_equal(o.d.format->bitmap_word(&o.d, 1ULL << 40, &word, &o.err), 0);
		assert_int_equal(word, 0);
		dump_end(&o);
	}
}

/* Some kernels have two numbers only: 7.3-amd64. */
static void test_release(void **state)
{
	static const char release[] = "7.3-faked0";

	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		struct translation t;
		struct opened o;
		char *info;
		u8 byte;

		dump_begin(&o, elf, small_ranges);
		make_tables(&o.job);
		info = memmem(o.job.src.notes, o.job.src.src.system.notes_size, "6.1.0-fake", 10);
		memcpy(info, release, 10);
		memcpy(o.job.src.src.system.uts[2], release, sizeof(release));
		tables_open(&o, &t);
		assert_int_equal(translate_read(&t, TEXT, &byte, 1, "it", &o.err), 0);
		translation_close(&t);
		dump_end(&o);
	}
}

/* Without a symbol page tables cannot be found; everything open is closed. */
static void test_no_tables(void **state)
{
	struct translation t;
	struct opened o;

	(void)state;
	open_small(&o, false);
	assert_int_equal(translation_open(&t, &o.d, &o.err), -EBADMSG);
	assert_memory_equal(o.err.text, "file: its page tables cannot be ", 32);
	translation_close(&t);
	dump_end(&o);
}

static int open_and_survey(struct opened *o)
{
	int ret = dumpfile_open(&o->d, &o->req, &o->err);

	if (!ret)
		ret = o->d.format->survey(&o->d, NULL, NULL, &o->err);
	dumpfile_close(&o->d);
	return ret;
}

/* A file that ends anywhere before its data begins is bad. */
static void test_truncated(void **state)
{
	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		struct opened o;
		u64 end;

		open_small(&o, elf);
		end = o.d.file.size;
		if (!elf)
			end = 4 * FAKE_PAGE + o.job.st.pages.kept * sizeof(struct kdump_desc);
		dumpfile_close(&o.d);
		for (u64 len = end - 1; len > 100; len -= 97) {
			assert_int_equal(ftruncate(o.fd, (off_t)len), 0);
			assert_int_equal(open_and_survey(&o), -EBADMSG);
			assert_memory_equal(o.err.text, "file: ", 6);
			o.err.text[0] = '\0';
		}
		assert_int_equal(ftruncate(o.fd, 15), 0);
		expect_error(&o.err, open_and_survey(&o), -EBADMSG, "file: not a dump: hint");
		dump_end(&o);
	}
}

static void test_short_read(void **state)
{
	struct opened o;
	char text[64];
	u8 byte;

	(void)state;
	open_small(&o, false);
	snprintf(text, sizeof(text), "file: it ends too early, at byte %" PRIu64 ": hint",
		 o.d.file.size);
	assert_int_equal(dumpfile_read(&o.d.file, o.d.file.size - 1, &byte, 1, &o.err), 0);
	expect_error(&o.err, dumpfile_read(&o.d.file, o.d.file.size, &byte, 1, &o.err), -EBADMSG,
		     text);
	expect_error(&o.err, dumpfile_read(&o.d.file, UINT64_MAX, &byte, 1, &o.err), -EBADMSG,
		     text);
	assert_int_equal(ftruncate(o.fd, 100), 0);
	expect_error(&o.err, dumpfile_read(&o.d.file, 200, &byte, 1, &o.err), -EBADMSG,
		     "file: it became shorter while it was read: hint");
	dump_end(&o);
}

static void test_padding(void **state)
{
	u8 block[FAKE_PAGE * 3] = { [9000] = 1 };
	struct dumpfile_file f = { .size = sizeof(block), .name = "file", .hint = "hint" };
	struct error err = { 0 };

	(void)state;
	f.fd = memfd_create("file", MFD_CLOEXEC);
	assert_int_equal(write(f.fd, block, sizeof(block)), sizeof(block));
	assert_int_equal(dumpfile_check_padding(&f, 0, 9000, &err), 0);
	assert_int_equal(dumpfile_check_padding(&f, 9001, sizeof(block) - 9001, &err), 0);
	expect_error(&err, dumpfile_check_padding(&f, 8999, 2, &err), -EBADMSG,
		     "file: its padding at byte 8999 is not zero: hint");
	expect_error(&err, dumpfile_check_padding(&f, 1, sizeof(block) - 1, &err), -EBADMSG,
		     "file: its padding at byte 8193 is not zero: hint");
	close(f.fd);
}

/* Change a program header, check the message, and restore it. */
static void change_phdr(struct opened *o, unsigned int index, const Elf64_Phdr *ph,
			const char *text)
{
	off_t off = (off_t)(sizeof(Elf64_Ehdr) + index * sizeof(*ph));
	Elf64_Phdr was;

	assert_int_equal(pread(o->fd, &was, sizeof(was), off), sizeof(was));
	assert_int_equal(pwrite(o->fd, ph, sizeof(*ph), off), sizeof(*ph));
	expect_error(&o->err, open_and_survey(o), -EBADMSG, text);
	assert_int_equal(pwrite(o->fd, &was, sizeof(was), off), sizeof(was));
	assert_int_equal(open_and_survey(o), 0);
}

static void test_damaged_elf(void **state)
{
	static const char damaged[] = "file: program header 1 is damaged: hint";
	Elf64_Phdr good, ph;
	struct opened o;
	Elf64_Ehdr eh;

	(void)state;
	open_small(&o, true);
	dumpfile_close(&o.d);
	memcpy(&good, o.job.sink.data + sizeof(eh) + sizeof(ph), sizeof(good));
	ph = good;
	ph.p_offset = o.job.sink.final + 1;
	change_phdr(&o, 1, &ph, damaged);
	ph = good;
	ph.p_filesz = o.job.sink.final / FAKE_PAGE * FAKE_PAGE;
	ph.p_memsz = ph.p_filesz;
	change_phdr(&o, 1, &ph, damaged);
	ph = good;
	ph.p_memsz = ph.p_filesz - FAKE_PAGE;
	change_phdr(&o, 1, &ph, damaged);
	ph = good;
	ph.p_memsz = -(u64)FAKE_PAGE;
	ph.p_paddr = 2 * FAKE_PAGE;
	change_phdr(&o, 1, &ph, damaged);
	ph = good;
	ph.p_paddr++;
	change_phdr(&o, 1, &ph, damaged);
	ph = good;
	ph.p_offset += FAKE_PAGE;
	change_phdr(&o, 1, &ph, "file: program header 2 is damaged: hint");
	change_phdr(&o, 0, &good, "file: its notes are not where savecore puts them: hint");

	memcpy(&eh, o.job.sink.data, sizeof(eh));
	eh.e_phnum = 0xfffe;
	assert_int_equal(pwrite(o.fd, &eh, sizeof(eh), 0), sizeof(eh));
	expect_error(&o.err, open_and_survey(&o), -EBADMSG,
		     "file: its ELF header has 65534 program headers: hint");
	eh.e_type = ET_EXEC;
	assert_int_equal(pwrite(o.fd, &eh, sizeof(eh), 0), sizeof(eh));
	expect_error(&o.err, open_and_survey(&o), -EBADMSG,
		     "file: not a dump: it is another kind of ELF file: hint");
	dump_end(&o);
}

/* A PT_LOAD of the kernel image whose data do not lie among those of the direct map. */
static void test_damaged_image(void **state)
{
	static const char damaged[] = "file: program header 3 is damaged: hint";
	const unsigned int index = 3;
	Elf64_Phdr good, ph;
	struct opened o;

	(void)state;
	dump_begin(&o, true, small_ranges);
	o.job.src.src.system.kernel_paddr = 10 * FAKE_PAGE;
	o.job.src.src.system.kernel_size = 20 * FAKE_PAGE;
	dump_write(&o);
	memcpy(&good, o.job.sink.data + sizeof(Elf64_Ehdr) + index * sizeof(good), sizeof(good));
	assert_int_equal(good.p_paddr, 10 * FAKE_PAGE);
	assert_int_equal(good.p_filesz, 20 * FAKE_PAGE);
	ph = good;
	ph.p_filesz = ph.p_memsz + FAKE_PAGE;
	change_phdr(&o, index, &ph, damaged);
	ph = good;
	ph.p_offset = o.job.sink.final - ph.p_filesz + FAKE_PAGE;
	change_phdr(&o, index, &ph, damaged);
	ph = good;
	ph.p_offset = 0;
	change_phdr(&o, index, &ph, damaged);
	dump_end(&o);
}

static void test_damaged_kdump(void **state)
{
	struct kdump_sub_header sub;
	struct kdump_header h;
	struct opened o;
	u8 bits = 0xff;

	(void)state;
	open_small(&o, false);
	dumpfile_close(&o.d);
	/* A page frame beyond the last, 69. */
	assert_int_equal(pwrite(o.fd, &bits, 1, 3 * FAKE_PAGE + 9), 1);
	expect_error(&o.err, open_and_survey(&o), -EBADMSG,
		     "file: its bitmap has page frames beyond the last, 70: hint");
	memcpy(&sub, o.job.sink.data + FAKE_PAGE, sizeof(sub));
	sub.size_note = FAKE_PAGE;
	assert_int_equal(pwrite(o.fd, &sub, sizeof(sub), FAKE_PAGE), sizeof(sub));
	expect_error(&o.err, open_and_survey(&o), -EBADMSG,
		     "file: its header has 4096 bytes of notes at byte 4200: hint");
	memcpy(&h, o.job.sink.data, sizeof(h));
	h.block_size = 4097;
	assert_int_equal(pwrite(o.fd, &h, sizeof(h), 0), sizeof(h));
	expect_error(&o.err, open_and_survey(&o), -EBADMSG,
		     "file: its header has blocks of 4097 bytes: hint");
	dump_end(&o);
}

static void test_not_a_dump(void **state)
{
	static const char text[] = "this is a text, and no dump at all";
	struct dumpfile_request req = { .name = "file", .hint = "hint" };
	struct error err = { 0 };
	struct dumpfile d;

	(void)state;
	req.fd = memfd_create("text", MFD_CLOEXEC);
	assert_int_equal(write(req.fd, text, sizeof(text)), sizeof(text));
	expect_error(&err, dumpfile_open(&d, &req, &err), -EBADMSG,
		     "file: not a dump: neither kdump nor ELF: hint");
	close(req.fd);
	req.fd = open("/", O_RDONLY);
	expect_error(&err, dumpfile_open(&d, &req, &err), -EINVAL,
		     "file: not a file: name a dump");
	close(req.fd);
}

static void test_cancelled(void **state)
{
	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		struct bitmap chunks = { 0 };
		struct ld_control control = { 0 };
		struct opened o;

		dump_begin(&o, elf, small_ranges);
		dump_write(&o);
		o.req.control = &control;
		dump_open(&o);
		ld_control_cancel(&control, LD_CAUSE_SIGNAL);
		assert_int_equal(o.d.format->chunks(&o.d, bitmap_take, &chunks, &o.err),
				 -ECANCELED);
		assert_int_equal(o.d.format->survey(&o.d, NULL, NULL, &o.err), -ECANCELED);
		assert_int_equal(o.err.text[0], 0);
		dump_end(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_damaged_frame),
		cmocka_unit_test(test_translate),
		cmocka_unit_test(test_translate_nowhere),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_no_tables),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_short_read),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_damaged_elf),
		cmocka_unit_test(test_damaged_image),
		cmocka_unit_test(test_damaged_kdump),
		cmocka_unit_test(test_not_a_dump),
		cmocka_unit_test(test_cancelled),
	};

	return cmocka_run_group_tests_name("dumpfile", tests, NULL, NULL);
}
