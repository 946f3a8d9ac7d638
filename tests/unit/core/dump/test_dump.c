// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_dump.c - complete dumps of a simulated memory, read back with
 * libkdumpfile: each kept page frame has its content, and dropped ones are
 * missing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <gelf.h>
#include <libkdumpfile/kdumpfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <unistd.h>

#include "core/pages/bitmap.h"
#include "core/format/kdump.h"
#include "tests/unit/job.h"

static void test_every_codec(void **state)
{
	(void)state;
	for (unsigned int i = 0; ld_codecs[i]; i++) {
		struct job j;

		job_open(&j, job_ranges);
		j.request.codec = ld_codecs[i];
		j.request.codec_level = ld_codecs[i]->level_default;
		mixed_flags(&j);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, by_level);
		assert_int_equal(j.st.pages.buffered, j.st.pages.kept);
		job_close(&j);
	}
}

static void test_every_level(void **state)
{
	(void)state;
	for (unsigned int level = 0; level <= LD_LEVEL_MAX; level++) {
		struct job j;

		job_open(&j, job_ranges);
		j.request.level = level;
		mixed_flags(&j);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, by_level);
		job_close(&j);
	}
}

/* The dump is the same for every size of the page buffer. */
static void test_any_memory(void **state)
{
	static const u64 pages[] = { 0, 1, 100, 300, 700, 1400, 8000 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		struct job j;

		job_open(&j, job_ranges);
		j.request.level = 8;
		j.request.memory = pages[i] * FAKE_PAGE;
		mixed_flags(&j);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, by_level);
		assert_int_equal(j.st.pages.buffered + j.st.pages.streamed, j.st.pages.kept);
		assert_true(j.st.pages.buffered <= pages[i]);
		job_close(&j);
	}
}

/*
 * Page frames that kernel structures depend on are read ahead first if not all
 * fit. User memory is never read ahead.
 */
static void test_structure_first(void **state)
{
	(void)state;
	for (int plenty = 0; plenty < 2; plenty++) {
		u64 slab = 0, kernel = 0;
		struct job j;

		job_open(&j, job_ranges);
		for (u64 pfn = 0; pfn < j.src.max; pfn++) {
			static const u16 kinds[] = {
				LD_PAGE_USER, LD_PAGE_CACHE, 0, LD_PAGE_SLAB
			};

			j.src.page_flags[pfn] = kinds[pfn % 4];
			slab += in_ram(&j, pfn) && pfn % 4 == 3;
			kernel += in_ram(&j, pfn) && pfn % 4 == 2;
		}
		j.request.level = 0;
		j.p.workers = 1;
		j.request.memory = plenty ? 64 << 20 : slab * FAKE_PAGE;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, all_content);
		assert_int_equal(j.st.pages.buffered, plenty ? slab + kernel : slab);
		assert_true(j.st.bytes.buffer <= j.request.memory);
		job_close(&j);
	}
}

static void test_zero_pages(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	for (u64 pfn = 300; pfn < 900; pfn++)
		memset(fake_page(&j.src, pfn), 0, FAKE_PAGE);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.st.pages.zero, 600);
	check_kdump(&j, all_content);
	job_close(&j);
}

/* A process got the page frame while it was read: it must not be in the dump. */
static void turn_user(struct fake_source *f, u64 pfn, unsigned int nr)
{
	for (u64 p = pfn; p < pfn + nr; p++)
		if (p % 7 == 0)
			f->page_flags[p] = LD_PAGE_USER;
}

static enum want reclassified_dropped(const struct job *j, u64 pfn)
{
	(void)j;
	return pfn % 7 ? CONTENT : DROPPED;
}

static enum want blanked_frames(const struct job *j, u64 pfn)
{
	(void)j;
	return pfn % 7 ? CONTENT : ZEROS;
}

static void test_reclassified_while_read(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.src.after_read = turn_user;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, reclassified_dropped);
	assert_int_equal(j.st.pages.reclassified_dropped, j.st.pages.frames - j.st.pages.kept);
	assert_int_equal(j.st.pages.blanked, 0);
	job_close(&j);

	/* The layout is final already: the page frame is in the dump without content. */
	job_open(&j, job_ranges);
	j.request.memory = 0;
	j.src.after_read = turn_user;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, blanked_frames);
	assert_true(j.st.pages.blanked > 0);
	job_close(&j);
}

/* Free in the first scan, slab in all later ones. */
static void turn_slab(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)nr;
	if (pfn != 3000)
		return;
	for (u64 p = 256; p < 300; p++)
		f->page_flags[p] = LD_PAGE_SLAB;
}

static void test_born_while_read(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	for (u64 p = 256; p < 300; p++)
		j.src.page_flags[p] = LD_PAGE_FREE;
	j.p.workers = 1;
	j.src.after_read = turn_slab;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, all_content);
	assert_int_equal(j.st.pages.reclassified_kept, 300 - 256);
	job_close(&j);
}

static enum want bad_zeros(const struct job *j, u64 pfn)
{
	return j->src.bad[pfn] ? ZEROS : CONTENT;
}

static void test_unreadable(void **state)
{
	(void)state;
	for (int buffered = 0; buffered < 2; buffered++) {
		struct job j;
		u64 bad = 0;

		job_open(&j, job_ranges);
		for (u64 pfn = 0; pfn < j.src.max; pfn++) {
			j.src.bad[pfn] = pfn % 11 == 0 || (pfn > 600 && pfn < 700);
			bad += in_ram(&j, pfn) && j.src.bad[pfn];
		}
		j.request.memory = buffered ? 64 << 20 : 0;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, buffered ? bad_dropped : bad_zeros);
		assert_int_equal(j.st.pages.unreadable, bad);
		job_close(&j);
	}
}

static void test_header(void **state)
{
	const struct kdump_header *h;
	const struct kdump_sub_header *sub;
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	h = (void *)j.sink.data;
	sub = (void *)(j.sink.data + FAKE_PAGE);
	assert_memory_equal(h->signature, "KDUMP   ", 8);
	assert_string_equal(h->utsname[1], "fakehost");
	assert_int_equal(h->tv_usec, 0);
	assert_int_equal(h->status, KDUMP_COMPRESSED_ZSTD);
	assert_int_equal(h->max_mapnr, 3072);
	assert_int_equal(h->total_ram_blocks, j.st.pages.frames);
	assert_int_equal(sub->dump_level, 31);
	assert_memory_equal(j.sink.data + sub->offset_vmcoreinfo, "OSRELEASE=6.1.0-fake\n", 21);
	assert_int_equal(j.st.bytes.file, j.sink.final);
	job_close(&j);
}

/*
 * The notes as readers find them. The check uses struct elf_prstatus of the C
 * library, not the offsets that the notes were built with.
 */
static void test_notes(void **state)
{
	struct elf_prstatus pr, zero = { 0 };
	size_t at = 0, name, desc, end;
	const struct ld_system *sys;
	unsigned int cpus = 0;
	bool info = false, snap = false, seal = false;
	u64 live[3];
	const Elf64_Phdr *ph;
	GElf_Nhdr nh;
	Elf_Data *data;
	struct job j;
	Elf *elf;
	int fd;

	(void)state;
	job_open(&j, job_ranges);
	j.request.format = &ld_format_elf;
	j.request.codec = &ld_codec_none;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	sys = &j.src.src.system;
	fd = dump_fd(&j);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	ph = (Elf64_Phdr *)(j.sink.data + sizeof(Elf64_Ehdr));
	data = elf_getdata_rawchunk(elf, ph->p_offset, sys->notes_size, ELF_T_NHDR);
	assert_non_null(data);
	while ((end = gelf_getnote(data, at, &nh, &name, &desc)) > 0) {
		const char *buf = data->d_buf;

		if (!strcmp(buf + name, "CORE")) {
			assert_int_equal(nh.n_type, NT_PRSTATUS);
			assert_int_equal(nh.n_descsz, sizeof(pr));
			memcpy(&pr, buf + desc, sizeof(pr));
			assert_int_equal(pr.pr_pid, ++cpus);
			assert_memory_equal(&pr.pr_reg, &zero.pr_reg, sizeof(pr.pr_reg));
		} else if (!strcmp(buf + name, "VMCOREINFO")) {
			assert_memory_equal(buf + desc, "OSRELEASE=6.1.0-fake\n", 21);
			assert_int_equal(desc, sys->vmcoreinfo_off);
			info = true;
		} else if (!strcmp(buf + name, LD_SEAL_NAME)) {
			assert_int_equal(nh.n_type, LD_SEAL_TYPE);
			assert_int_equal(desc, sys->seal_off);
			assert_int_equal(nh.n_descsz, sizeof(struct ld_seal));
			seal = true;
		} else {
			assert_memory_equal(buf + name, "SNAP", 4);
			/* As crash's snap.so writes it. */
			assert_int_equal(nh.n_namesz, 4);
			assert_int_equal(nh.n_descsz, sizeof(live));
			memcpy(live, buf + desc, sizeof(live));
			assert_int_equal(live[0], 0);
			assert_int_equal(live[1], -0x31800000ULL);
			assert_int_equal(live[2], 0);
			snap = true;
		}
		at = end;
	}
	assert_int_equal(at, sys->notes_size);
	assert_int_equal(cpus, 2);
	assert_true(info && snap && seal);
	elf_end(elf);
	close(fd);
	job_close(&j);
}

static enum want first_part(const struct job *j, u64 pfn)
{
	(void)j;
	return pfn < 1024 ? CONTENT : DROPPED;
}

static void test_cancel(void **state)
{
	kdump_ctx_t *ctx;
	u8 page[FAKE_PAGE];
	struct job j;
	int fd;

	(void)state;
	job_open(&j, job_ranges);
	j.src.after_read = cancel_late;
	j.src.arg = &j;
	assert_int_equal(ld_dump(&j.p, &j.st), -ECANCELED);
	assert_false(j.st.end.incomplete);
	assert_int_equal(j.st.end.cause, LD_CAUSE_SIGNAL);
	assert_int_equal(j.st.end.stage, LD_STAGE_READ);
	job_close(&j);

	job_open(&j, job_ranges);
	j.src.after_read = cancel_late;
	j.src.arg = &j;
	j.request.keep_partial = true;
	j.request.memory = 0;
	j.p.workers = 1;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_true(j.st.end.incomplete);
	assert_int_equal(j.st.end.err, -ECANCELED);
	assert_true(((struct kdump_header *)j.sink.data)->status & KDUMP_INCOMPLETE);
	fd = dump_fd(&j);
	ctx = kdump_new();
	assert_int_equal(kdump_set_number_attr(ctx, KDUMP_ATTR_FILE_FD, (kdump_num_t)fd),
			 KDUMP_OK);
	for (u64 pfn = 0; pfn < 1024; pfn++) {
		size_t len = FAKE_PAGE;

		if (!in_ram(&j, pfn) || first_part(&j, pfn) == DROPPED)
			continue;
		assert_int_equal(kdump_read(ctx, KDUMP_MACHPHYSADDR, pfn * FAKE_PAGE, page, &len),
				 KDUMP_OK);
		assert_memory_equal(page, fake_page(&j.src, pfn), FAKE_PAGE);
	}
	kdump_free(ctx);
	close(fd);
	job_close(&j);
}

/* ld_dump() returns each write error unchanged, wherever it happens. */
static void test_write_errors(void **state)
{
	u64 size, step;
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	size = j.sink.final;
	job_close(&j);
	step = size / 40;
	for (u64 at = 1; at < size; at += step) {
		job_open(&j, job_ranges);
		j.sink.fail_at = at;
		j.sink.fail_with = -ENOSPC;
		assert_int_equal(ld_dump(&j.p, &j.st), -ENOSPC);
		assert_int_equal(j.st.end.stage, LD_STAGE_WRITE);
		assert_int_equal(j.st.end.cause, LD_CAUSE_ERROR);
		assert_int_equal(j.st.end.err, -ENOSPC);
		job_close(&j);
	}
}

/* The first cause is reported, and a limit is not an error. */
static void test_first_cause(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	assert_true(ld_control_cancel(&j.ctl, LD_CAUSE_TIME));
	assert_false(ld_control_cancel(&j.ctl, LD_CAUSE_SIGNAL));
	assert_int_equal(ld_dump(&j.p, &j.st), -ECANCELED);
	assert_int_equal(j.st.end.cause, LD_CAUSE_TIME);
	assert_int_equal(j.st.end.err, -ECANCELED);
	job_close(&j);
}

static void test_source_error(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.src.flags_error = -EIO;
	assert_int_equal(ld_dump(&j.p, &j.st), -EIO);
	assert_int_equal(j.st.end.stage, LD_STAGE_CLASSIFY);
	assert_int_equal(j.st.end.err, -EIO);
	job_close(&j);
}

static void test_one_worker_is_deterministic(void **state)
{
	struct job a, b;

	(void)state;
	job_open(&a, job_ranges);
	job_open(&b, job_ranges);
	a.p.workers = 1;
	b.p.workers = 1;
	mixed_flags(&a);
	mixed_flags(&b);
	assert_int_equal(ld_dump(&a.p, &a.st), 0);
	assert_int_equal(ld_dump(&b.p, &b.st), 0);
	assert_int_equal(a.sink.size, b.sink.size);
	assert_memory_equal(a.sink.data, b.sink.data, a.sink.size);
	job_close(&a);
	job_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_codec),
		cmocka_unit_test(test_every_level),
		cmocka_unit_test(test_any_memory),
		cmocka_unit_test(test_structure_first),
		cmocka_unit_test(test_zero_pages),
		cmocka_unit_test(test_reclassified_while_read),
		cmocka_unit_test(test_born_while_read),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_write_errors),
		cmocka_unit_test(test_first_cause),
		cmocka_unit_test(test_source_error),
		cmocka_unit_test(test_one_worker_is_deterministic),
	};

	return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
