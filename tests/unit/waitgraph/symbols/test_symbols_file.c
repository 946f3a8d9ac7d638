// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_symbols_file.c - a System.map is moved to where the kernel runs, and must be of the
 * same kernel.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "waitgraph/symbols/symbols_file.h"

#define MAP	"0000000000001000 A of_a_cpu\n" \
		"ffffffff81000000 T _stext\n" \
		"ffffffff81000100 T schedule\n" \
		"ffffffff82000000 D init_uts_ns\n"

static int read_map(const char *map, const char *vmcoreinfo, struct symbols *s, struct error *err)
{
	const struct vmcoreinfo vi = { vmcoreinfo, strlen(vmcoreinfo) };
	struct kernel_file file = { "System.map", memfd_create("map", 0) };
	int ret;

	*s = (struct symbols){ 0 };
	assert_true(file.fd >= 0);
	assert_int_equal(write(file.fd, map, strlen(map)), strlen(map));
	lseek(file.fd, 0, SEEK_SET);
	ret = symbols_file_read(&file, &vi, s, err);
	close(file.fd);
	if (!ret)
		assert_int_equal(symbols_sort(s), 0);
	return ret;
}

static void expect_refused(const char *map, const char *vmcoreinfo, const char *text)
{
	struct error err = { 0 };
	struct symbols s;

	assert_true(read_map(map, vmcoreinfo, &s, &err) < 0);
	if (!strstr(err.text, text))
		fail_msg("'%s', not '%s'", err.text, text);
	symbols_free(&s);
}

static void test_moved(void **state)
{
	struct error err = { 0 };
	struct symbols s;
	u64 addr;

	(void)state;
	assert_int_equal(read_map(MAP, "SYMBOL(_stext)=ffffffff91000000\n"
				       "SYMBOL(init_uts_ns)=ffffffff92000000\n"
				       "SYMBOL(swapper_pg_dir)=ffffffff92200000\n", &s, &err), 0);
	assert_true(symbols_find(&s, "schedule", &addr));
	assert_true(addr == 0xffffffff91000100ULL);
	/* Of a variable of each processor it is an offset. */
	assert_true(symbols_find(&s, "of_a_cpu", &addr));
	assert_true(addr == 0x1000);
	symbols_free(&s);
}

/* Each kernel has _stext, and moves by where it is. */
static void test_foreign(void **state)
{
	(void)state;
	expect_refused(MAP, "SYMBOL(_stext)=ffffffff91000000\n"
			    "SYMBOL(init_uts_ns)=ffffffff92000040\n", "it is of another kernel");
	expect_refused("ffffffff81000000 T _text\n", "SYMBOL(_stext)=ffffffff91000000\n",
		       "it has no symbol _stext");
	expect_refused("ffffffffffffffff B The real System.map is in the linux-image-6.1.0-1-amd64-dbg package\n",
		       "SYMBOL(_stext)=ffffffff91000000\n", "install linux-image-RELEASE-dbg");
	expect_refused(MAP, "PAGESIZE=4096\n", "VMCOREINFO has no _stext");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_foreign),
	};

	return cmocka_run_group_tests_name("symbols_file", tests, NULL, NULL);
}
