// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_elf.c - ELF dumps, read back with libelf. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/unit/job.h"

static void test_elf(void **state)
{
	struct job j;
	u64 nr;

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
	nr = check_elf(&j, by_level);
	assert_true(nr > 10);
	job_close(&j);
}

/* More segments than e_phnum can count. */
static void test_elf_many_segments(void **state)
{
	static const struct ld_range big[] = { { 0, 140000 }, { 0, 0 } };
	struct job j;
	u64 nr;

	(void)state;
	job_open(&j, big);
	j.request.format = &ld_format_elf;
	j.request.codec = &ld_codec_none;
	for (u64 pfn = 0; pfn < j.src.max; pfn++)
		j.src.page_flags[pfn] = pfn % 2 ? LD_PAGE_USER : 0;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	nr = check_elf(&j, by_level);
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
