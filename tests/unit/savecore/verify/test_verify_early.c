// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_verify_early.c - verify dumps that were written in part before it was known which
 * page frames are in them: not all descriptors are used, and not all data.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/format/kdump.h"
#include "savecore/verify/verify.h"
#include "tests/unit/moment.h"

static int verify_file(int fd, char *text)
{
	struct verify_options opt = { .threads = 2, .no_kernel = true };
	struct verify_report report;
	struct error err = { 0 };
	int ret = verify_dump(fd, "file", &opt, &report, &err);

	strcpy(text, err.text);
	return ret;
}

static void expect_good(int fd)
{
	char text[sizeof(((struct error *)NULL)->text)];

	if (verify_file(fd, text))
		fail_msg("not good: %s", text);
}

static void take_early(struct job *j)
{
	lack_memory(j);
	assert_int_equal(ld_dump(&j->p, &j->st), 0);
	/* One round more than with copies of all. */
	assert_true(j->st.precopy.rounds >= 4);
}

static void test_good(void **state)
{
	static const struct ld_codec_ops *const codecs[] = {
		&ld_codec_zstd, &ld_codec_none, &ld_codec_lzo, &ld_codec_zlib,
	};

	(void)state;
	for (unsigned int run = 1; run < 25; run++) {
		struct job j;
		int fd;

		open_churn(&j, run);
		j.request.codec = codecs[run % 4];
		j.request.codec_level = j.request.codec->level_default;
		if (run % 2)
			as_elf(&j);
		take_early(&j);
		fd = dump_fd(&j);
		expect_good(fd);
		close(fd);
		close_precopy(&j);
	}
}

/* Where the first descriptor is that no page frame uses. */
static u64 find_spared(const struct job *j)
{
	const struct kdump_header *h = (const void *)j->sink.data;

	return (1 + (u64)h->sub_hdr_size + h->bitmap_blocks) * FAKE_PAGE +
	       j->st.pages.kept * sizeof(struct kdump_desc);
}

static void test_spared(void **state)
{
	char text[sizeof(((struct error *)NULL)->text)];
	struct job j;
	u64 off;
	int fd;

	(void)state;
	open_precopy(&j, job_ranges);
	take_early(&j);
	fd = dump_fd(&j);
	expect_good(fd);
	off = find_spared(&j);
	/* Space for as many more as the page buffer has. */
	for (u64 end = off + 4096 * sizeof(struct kdump_desc); off < end; off += 999) {
		assert_int_equal(pwrite(fd, "x", 1, (off_t)off), 1);
		assert_int_equal(verify_file(fd, text), -EBADMSG);
		assert_non_null(strstr(text, "is not zero"));
		assert_int_equal(pwrite(fd, "", 1, (off_t)off), 1);
	}
	expect_good(fd);
	close(fd);
	close_precopy(&j);
}

static const Elf64_Phdr *elf_phdr(const struct job *j, unsigned int i)
{
	return (const Elf64_Phdr *)(j->sink.data + sizeof(Elf64_Ehdr)) + i;
}

/* Write @value to the word at @off, which must make the dump bad, and what was there again. */
static void check_damage(const struct job *j, int fd, u64 off, u64 value, const char *says)
{
	char text[sizeof(((struct error *)NULL)->text)];

	assert_int_equal(pwrite(fd, &value, sizeof(value), (off_t)off), sizeof(value));
	assert_int_equal(verify_file(fd, text), -EBADMSG);
	if (!strstr(text, says))
		fail_msg("%s", text);
	assert_int_equal(pwrite(fd, j->sink.data + off, sizeof(value), (off_t)off),
			 sizeof(value));
}

static void test_elf(void **state)
{
	const Elf64_Ehdr *eh;
	struct job j;
	u64 spared;
	int fd;

	(void)state;
	open_precopy(&j, job_ranges);
	as_elf(&j);
	take_early(&j);
	fd = dump_fd(&j);
	expect_good(fd);
	eh = (const void *)j.sink.data;
	spared = sizeof(*eh) + eh->e_phnum * sizeof(Elf64_Phdr);
	/* Section header 0 has its place between them. */
	assert_true(elf_phdr(&j, 0)->p_offset > spared + sizeof(Elf64_Shdr) + 1000);
	for (u64 off = spared; off < elf_phdr(&j, 0)->p_offset - 8; off += 9999)
		check_damage(&j, fd, off, 1, "is not zero");
	/* Who puts it in order has to give new checksums. */
	check_damage(&j, fd, offsetof(Elf64_Ehdr, e_phnum), eh->e_phnum - 1, "");
	check_damage(&j, fd, (u64)((const u8 *)&elf_phdr(&j, 3)->p_offset - j.sink.data),
		     elf_phdr(&j, 3)->p_offset + 1, "headers are not as they were written");
	expect_good(fd);
	close(fd);
	close_precopy(&j);
}

/*
 * The same if the checksum of the headers is right: what remains is what the program headers
 * say themselves.
 */
static void reseal(int fd, const struct job *j)
{
	const struct ld_system *sys = &j->src.src.system;
	u64 off = elf_phdr(j, 0)->p_offset + sys->seal_off;
	const Elf64_Ehdr *eh = (const void *)j->sink.data;
	u8 notes[4096];
	struct ld_seal seal;
	Elf64_Phdr ph;

	assert_true(sys->notes_size <= sizeof(notes));
	assert_int_equal(pread(fd, &seal, sizeof(seal), (off_t)off), sizeof(seal));
	seal.meta_sum = 0;
	ld_seal_meta(&seal, 0, eh, sizeof(*eh));
	for (unsigned int i = 0; i < eh->e_phnum; i++) {
		u64 at = sizeof(*eh) + i * sizeof(ph);

		assert_int_equal(pread(fd, &ph, sizeof(ph), (off_t)at), sizeof(ph));
		ld_seal_meta(&seal, at, &ph, sizeof(ph));
	}
	memcpy(notes, j->sink.data + elf_phdr(j, 0)->p_offset, sys->notes_size);
	memset(notes + sys->seal_off, 0, sizeof(seal));
	ld_seal_meta(&seal, elf_phdr(j, 0)->p_offset, notes, sys->notes_size);
	ld_seal_close(&seal, off);
	assert_int_equal(pwrite(fd, &seal, sizeof(seal), (off_t)off), sizeof(seal));
}

#define IN_HEADERS	UINT64_MAX

static void test_elf_resealed(void **state)
{
	static const struct {
		u64 add, filesz;
		const char *says;
	} rows[] = {
		{ 0, 0, NULL },
		{ 1, 0, "is damaged" },			/* not on a page */
		{ IN_HEADERS, 0, "is damaged" },
		{ 1ULL << 40, 0, "is damaged" },	/* behind the end */
		{ 4096, 0, "is not what was written" },	/* overlaps another */
		{ 0, 4096, "" },			/* one page frame less */
	};
	struct job j;
	u64 at;
	int fd;

	(void)state;
	open_precopy(&j, job_ranges);
	as_elf(&j);
	take_early(&j);
	fd = dump_fd(&j);
	at = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[sizeof(((struct error *)NULL)->text)];
		Elf64_Phdr ph = *elf_phdr(&j, 1);
		int ret;

		/* Where the pages are depends on which thread was first. */
		ph.p_offset = rows[i].add == IN_HEADERS ? 0 : ph.p_offset + rows[i].add;
		ph.p_filesz -= rows[i].filesz;
		assert_int_equal(pwrite(fd, &ph, sizeof(ph), (off_t)at), sizeof(ph));
		reseal(fd, &j);
		ret = verify_file(fd, text);
		assert_int_equal(ret, rows[i].says ? -EBADMSG : 0);
		if (rows[i].says && !strstr(text, rows[i].says))
			fail_msg("row %zu: %s", i, text);
	}
	close(fd);
	close_precopy(&j);
}

/* Fewer runs than there were: their number needed a section header, and does not any more. */
static void leave_some(struct fake_source *f)
{
	for (u64 pfn = 0; pfn < 8000; pfn += 2)
		fake_set_flags(f, pfn, LD_PAGE_USER);
	moment_save(f);
}

static void test_fewer_runs(void **state)
{
	static const struct ld_range ranges[] = { { 0, 133000 }, { 0, 0 } };
	struct job j;
	int fd;

	(void)state;
	open_precopy(&j, ranges);
	as_elf(&j);
	for (u64 pfn = 1; pfn < j.src.max; pfn += 2)
		j.src.page_flags[pfn] = LD_PAGE_USER;
	j.request.memory = 1 << 30;
	j.src.before_stop = leave_some;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	fd = dump_fd(&j);
	expect_good(fd);
	close(fd);
	assert_in_range(check_elf(&j, by_level), 60000, 65534);
	close_precopy(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_spared),
		cmocka_unit_test(test_elf),
		cmocka_unit_test(test_elf_resealed),
		cmocka_unit_test(test_fewer_runs),
	};

	return cmocka_run_group_tests_name("verify, early", tests, NULL, NULL);
}
