// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_memory_dump.c - which failures to read a dump are told: not that it lacks a page.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/page_tables.h"
#include "waitgraph/memory/memory_dump.h"

const char *__lsan_default_suppressions(void);

/* libkdumpfile 0.5.1 leaks some bytes of its own when it cannot read a page table. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libkdumpfile.so";
}

struct opened {
	struct job job;
	struct memory_dump md;
	struct memory m;
	struct error err;
	int fd;
};

static void dump_open(struct opened *o, bool cut)
{
	static const struct ld_range ranges[] = { { 0, 16 }, { 20, 21 }, { 30, 31 }, { 0, 0 } };

	memset(o, 0, sizeof(*o));
	job_open(&o->job, ranges);
	o->job.request.level = 0;
	make_tables(&o->job);
	assert_int_equal(ld_dump(&o->job.p, &o->job.st), 0);
	o->fd = dump_fd(&o->job);
	if (cut)
		assert_int_equal(ftruncate(o->fd, o->job.sink.final - FAKE_PAGE / 2), 0);
	if (memory_dump_open(&o->md, &o->m, o->fd, "file", UINT64_MAX, &o->err))
		fail_msg("%s", o->err.text);
}

static void dump_close(struct opened *o)
{
	memory_dump_close(&o->md, &o->m);
	close(o->fd);
	job_close(&o->job);
}

static void test_lacks(void **state)
{
	struct opened o;
	u64 word;

	(void)state;
	dump_open(&o, false);
	assert_int_equal(memory_read(&o.m, TEXT, &word, sizeof(word)), 0);
	assert_int_equal(memory_read(&o.m, TEXT + 18 * FAKE_PAGE, &word, sizeof(word)), -EFAULT);
	assert_int_equal(memory_read(&o.m, 0x1234567800000000, &word, sizeof(word)), -EFAULT);
	assert_true(memory_dump_is_read(&o.md, &o.err));
	assert_int_equal(o.err.text[0], 0);
	dump_close(&o);
}

/* An incomplete dump lacks pages, too. */
static void test_cut(void **state)
{
	unsigned int lacks = 0;
	struct opened o;
	u64 word;

	(void)state;
	dump_open(&o, true);
	for (unsigned int i = 0; i < 18; i++)
		lacks += memory_read(&o.m, TEXT + i * FAKE_PAGE, &word, sizeof(word)) != 0;
	assert_int_equal(lacks, 1);
	assert_true(memory_dump_is_read(&o.md, &o.err));
	dump_close(&o);
}

static void test_failed(void **state)
{
	struct opened o;
	u64 word;

	(void)state;
	dump_open(&o, false);
	assert_int_equal(memory_read(&o.m, TEXT, &word, sizeof(word)), 0);
	/* As if so much of a hostile dump had been looked for. */
	o.md.tables.work = 1ULL << 60;
	assert_int_equal(memory_read(&o.m, TEXT + FAKE_PAGE, &word, sizeof(word)), -EFAULT);
	/* What came of it is not the reason. */
	error_set(&o.err, "a symbol is missing");
	assert_false(memory_dump_is_read(&o.md, &o.err));
	assert_string_equal(o.err.text, "file: too many of its pages and page tables cannot be read: to go on would take too long");
	dump_close(&o);
}

/* What a dump claims may be more than the machine has: libkdumpfile must not see it. */
static void test_memory(void **state)
{
	struct opened o;

	(void)state;
	for (int elf = 0; elf < 2; elf++) {
		memset(&o, 0, sizeof(o));
		job_open(&o.job, job_ranges);
		if (elf) {
			o.job.request.format = &ld_format_elf;
			o.job.request.codec = &ld_codec_none;
		}
		assert_int_equal(ld_dump(&o.job.p, &o.job.st), 0);
		o.fd = dump_fd(&o.job);
		assert_int_equal(memory_dump_open(&o.md, &o.m, o.fd, "file", 200, &o.err), -ENOMEM);
		assert_non_null(strstr(o.err.text, "libkdumpfile would need "));
		assert_non_null(strstr(o.err.text, "read it on another machine"));
		close(o.fd);
		job_close(&o.job);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lacks),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("memory_dump", tests, NULL, NULL);
}
