// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_locked.c - locked memory is locked and there; a process that ends while a thread of
 * it cannot gives all of it back first, but not what has been freed and belongs to others.
 * It is in no core dump.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "port/locked.h"

#define MIB		((size_t)1 << 20)
#define BLOCKS		20U	/* 6 MiB, less than anyone may lock */

static u64 locked_kib(void)
{
	unsigned long long kib = 0;
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VmLck: %llu", &kib) == 1)
			break;
	fclose(f);
	return kib;
}

static size_t resident(void *mem, size_t size)
{
	static unsigned char map[8 * MIB / 4096];
	size_t n = 0;

	assert_int_equal(mincore(mem, size, map), 0);
	for (size_t i = 0; i < size / 4096; i++)
		n += map[i] & 1;
	return n * 4096;
}

static size_t size_of(unsigned int i)
{
	return i % 10 ? 64 * 1024 * (i % 3 + 1) : 2 * MIB;
}

/* Whether no core dump of this process would have the memory at @mem. */
static bool is_left_out(const void *mem)
{
	unsigned long long from, to;
	bool found = false, left_out = false;
	char line[512];
	FILE *f = fopen("/proc/self/smaps", "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx-%llx ", &from, &to) == 2)
			found = (uintptr_t)mem >= from && (uintptr_t)mem < to;
		else if (found && !strncmp(line, "VmFlags:", 8))
			left_out = strstr(line, " dd");
	}
	fclose(f);
	return left_out;
}

/* The page buffer, and what else is large, has memory of the kernel. */
static void test_core_dump(void **state)
{
	static const size_t sizes[] = { 4096, 64 * 1024, 2 * MIB + 4096 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		void *locked = port_alloc_locked(sizes[i]), *mem = port_alloc(sizes[i]);

		assert_non_null(locked);
		assert_non_null(mem);
		assert_true(is_left_out(locked));
		assert_true(is_left_out((u8 *)locked + sizes[i] - 1));
		assert_int_equal(is_left_out(mem), i > 0);
		port_free_locked(locked, sizes[i]);
		port_free(mem, sizes[i]);
	}
}

static void test_discard(void **state)
{
	u8 *mem[BLOCKS];
	u64 before = locked_kib(), all = 0;
	void *others;

	(void)state;
	for (unsigned int i = 0; i < BLOCKS; i++) {
		mem[i] = port_alloc_locked(size_of(i));
		assert_non_null(mem[i]);
		assert_int_equal(resident(mem[i], size_of(i)), size_of(i));
		memset(mem[i], (int)i + 1, size_of(i));
		all += size_of(i) / 1024;
	}
	assert_int_equal(locked_kib() - before, all);
	/* Another user's memory at the address of a block that has been freed. */
	port_free_locked(mem[6], size_of(6));
	others = mmap(mem[6], size_of(6), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	assert_ptr_equal(others, mem[6]);
	memset(others, 0x5a, size_of(6));
	all -= size_of(6) / 1024;

	locked_discard();
	assert_int_equal(locked_discarded(), all * 1024);
	assert_int_equal(locked_kib(), before);
	for (unsigned int i = 0; i < BLOCKS; i++) {
		if (i == 6)
			continue;
		assert_int_equal(resident(mem[i], size_of(i)), 0);
		/* A thread that goes on finds memory. */
		assert_int_equal(mem[i][size_of(i) - 1], 0);
		port_free_locked(mem[i], size_of(i));
	}
	assert_int_equal(((u8 *)others)[size_of(6) - 1], 0x5a);
	munmap(others, size_of(6));
}

static void test_freed(void **state)
{
	u64 before = locked_discarded(), kib = locked_kib();

	(void)state;
	for (unsigned int i = 0; i < BLOCKS; i++)
		port_free_locked(port_alloc_locked(size_of(i)), size_of(i));
	port_free_locked(NULL, 4096);
	assert_int_equal(locked_kib(), kib);
	locked_discard();
	assert_int_equal(locked_discarded(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_discard),
		cmocka_unit_test(test_freed),
		cmocka_unit_test(test_core_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
