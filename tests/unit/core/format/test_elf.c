// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_elf.c - ELF dumps, read back with libelf. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/job.h"

/* Every kept page frame is in the file once, at its addresses. */
static void check_elf(const struct job *j, enum want (*want)(const struct job *j, u64 pfn),
		      size_t *nr_phdr)
{
	const struct ld_system *sys = &j->src.src.system;
	u8 *seen = calloc(j->src.max, 1);
	int fd = dump_fd(j);
	u64 image = 0;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	assert_non_null(elf);
	assert_int_equal(elf_getphdrnum(elf, nr_phdr), 0);
	for (size_t i = 0; i < *nr_phdr; i++) {
		GElf_Phdr ph;

		assert_non_null(gelf_getphdr(elf, (int)i, &ph));
		if (ph.p_type == PT_NOTE) {
			size_t end = sys->seal_off + sizeof(struct ld_seal);
			const u8 *notes = j->sink.data + ph.p_offset;

			/* All notes except the seal are those of the source. */
			assert_memory_equal(notes, sys->notes, sys->seal_off);
			assert_memory_equal(notes + end, (const u8 *)sys->notes + end,
					    ph.p_filesz - end);
			continue;
		}
		assert_int_equal(ph.p_type, PT_LOAD);
		if (ph.p_vaddr >= sys->kernel_vaddr) {
			assert_int_equal(ph.p_vaddr - sys->kernel_vaddr,
					 ph.p_paddr - sys->kernel_paddr);
			image += ph.p_memsz;
		} else {
			assert_int_equal(ph.p_vaddr - sys->page_offset, ph.p_paddr);
		}
		for (u64 off = 0; off < ph.p_filesz; off += FAKE_PAGE) {
			u64 pfn = (ph.p_paddr + off) / FAKE_PAGE;

			assert_true(ph.p_offset + off + FAKE_PAGE <= j->sink.final);
			assert_memory_equal(j->sink.data + ph.p_offset + off,
					    fake_page((void *)&j->src, pfn), FAKE_PAGE);
			if (ph.p_vaddr < sys->kernel_vaddr)
				seen[pfn]++;
		}
	}
	assert_int_equal(image, sys->kernel_size);
	for (u64 pfn = 0; pfn < j->src.max; pfn++)
		assert_int_equal(seen[pfn], in_ram(j, pfn) && want(j, pfn) == CONTENT);
	elf_end(elf);
	close(fd);
	free(seen);
}

static void test_elf(void **state)
{
	struct job j;
	size_t nr;

	(void)state;
	job_open(&j, job_ranges);
	j.request.format = &ld_format_elf;
	j.request.codec = &ld_codec_none;
	j.src.src.system.kernel_paddr = 400 * FAKE_PAGE;
	j.src.src.system.kernel_size = 777 * FAKE_PAGE;
	mixed_flags(&j);
	for (u64 pfn = 300; pfn < 900; pfn += 2)
		memset(fake_page(&j.src, pfn), 0, FAKE_PAGE);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_elf(&j, by_level, &nr);
	assert_true(nr > 10);
	job_close(&j);
}

/* More segments than e_phnum can count. */
static void test_elf_many_segments(void **state)
{
	static const struct ld_range big[] = { { 0, 140000 }, { 0, 0 } };
	struct job j;
	size_t nr;

	(void)state;
	job_open(&j, big);
	j.request.format = &ld_format_elf;
	j.request.codec = &ld_codec_none;
	for (u64 pfn = 0; pfn < j.src.max; pfn++)
		j.src.page_flags[pfn] = pfn % 2 ? LD_PAGE_USER : 0;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_elf(&j, by_level, &nr);
	assert_int_equal(nr, 70001);
	job_close(&j);
}

static void test_elf_takes_no_codec(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.request.format = &ld_format_elf;
	assert_int_equal(ld_dump(&j.p, &j.st), -EINVAL);
	job_close(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elf),
		cmocka_unit_test(test_elf_many_segments),
		cmocka_unit_test(test_elf_takes_no_codec),
	};

	return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
