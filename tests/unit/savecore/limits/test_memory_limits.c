// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_memory_limits.c - how much memory the limits of a process leave for a dump,
 * and which of them is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "savecore/limits/memory.h"

#define MIB	((u64)1 << 20)
#define NONE	UINT64_MAX

static void test_commit(void **state)
{
	static const char text[] = "MemTotal: 9 kB\nCommitLimit:     2048 kB\n"
				   "Committed_AS:    1024 kB\n";

	(void)state;
	assert_int_equal(memory_commit_left(true, text, ""), MIB);
	assert_int_equal(memory_commit_left(true, text, "VmSize:  3200 kB\n"), MIB - 100 * 1024);
	assert_int_equal(memory_commit_left(true, text, "VmSize:  99999999 kB\n"), 0);
	assert_true(memory_commit_left(false, text, "") == NONE);
	assert_true(memory_commit_left(true, "CommitLimit: 2048 kB\n", "") == NONE);
	assert_int_equal(memory_commit_left(true, "CommitLimit: 7 kB\nCommitted_AS: 8 kB\n", ""),
			 0);
}

static void test_share(void **state)
{
	(void)state;
	assert_int_equal(memory_share(1000, NONE, 0, false), 500);
	assert_int_equal(memory_share(1000, 600, 0, false), 300);
	assert_int_equal(memory_share(1000, 0, 0, false), 0);
	assert_int_equal(memory_share(1000, NONE, 0, true), 250);
	assert_int_equal(memory_share(1000, 400, 0, true), 200);
	assert_int_equal(memory_share(1000, 0, 0, true), 0);
	/* What is needed beside the page buffer counts in small groups, too. */
	assert_int_equal(memory_share(1000, 600, 100, false), 250);
	assert_int_equal(memory_share(300, 600, 100, false), 100);
	assert_int_equal(memory_share(1000, 600, 600, false), 0);
	assert_int_equal(memory_share(1000, 600, 700, true), 0);
	assert_true(memory_default(1, false) > memory_default(1, true));
	assert_true(memory_default(1, true) > 0);
	/*
	 * What threads and bitmaps need is none of what reading a dump takes: for that 0 means
	 * that nothing is known, which allows more.
	 */
	assert_int_equal(memory_default(1 << 30, false), 0);
	assert_true(memory_to_read(1 << 30) > 0);
	assert_true(memory_to_read(1) >= memory_default(1, false));
}

/* With a page buffer, too, all fits into the group. */
static void test_group(void **state)
{
	u64 frames = 1ULL << 28;	/* 1 TiB */

	(void)state;
	for (u64 left = 32 * MIB; left <= 4096 * MIB; left *= 2)
		for (unsigned int threads = 1; threads <= 16; threads *= 2) {
			unsigned int nr = memory_threads(threads, left, 1 << 17);
			u64 need = memory_need(nr, 1 << 17);

			assert_in_range(nr, 1, threads);
			assert_true(need + memory_share(4 * left, left, need, false) <= left);
		}
	assert_int_equal(memory_threads(16, 64 * MIB, 1 << 17), 4);
	assert_int_equal(memory_threads(16, 256 * MIB, 1 << 17), 16);
	/* Bitmaps of 128 MiB do not get smaller with fewer threads. */
	assert_int_equal(memory_threads(16, 128 * MIB, frames), 1);
	assert_int_equal(memory_threads(16, 256 * MIB, frames), 8);
	assert_int_equal(memory_threads(16, 512 * MIB, frames), 16);
	assert_int_equal(memory_threads(2, 1024 * MIB, frames), 2);
}

static void test_limits_share(void **state)
{
	struct memory_limits l = { NONE, NONE, NONE, NONE };

	(void)state;
	assert_true(memory_limits_share(&l, 18 * MIB) == NONE);
	assert_null(memory_limits_name(&l));
	l.space = 1ULL << 62;
	assert_null(memory_limits_name(&l));
	l.space = 118 * MIB;
	assert_int_equal(memory_limits_share(&l, 18 * MIB), 50 * MIB);
	assert_non_null(strstr(memory_limits_name(&l), "(ulimit -v)"));
	l.data = 98 * MIB;
	assert_int_equal(memory_limits_share(&l, 18 * MIB), 40 * MIB);
	assert_non_null(strstr(memory_limits_name(&l), "(ulimit -d)"));
	l.commit = 58 * MIB;
	assert_int_equal(memory_limits_share(&l, 18 * MIB), 20 * MIB);
	assert_non_null(strstr(memory_limits_name(&l), "vm.overcommit_memory=2"));
	l.locked = 8 * MIB;
	assert_int_equal(memory_limits_share(&l, 18 * MIB), 0);
	assert_non_null(strstr(memory_limits_name(&l), "(ulimit -l)"));
}

/* The limits of this process, which the sanitizers forbid to lower on address space. */
static void test_read(void **state)
{
	struct rlimit old, new;
	struct memory_limits l;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_DATA, &old), 0);
	new = (struct rlimit){ 1ULL << 50, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_DATA, &new), 0);
	memory_limits_read(&l);
	assert_int_equal(setrlimit(RLIMIT_DATA, &old), 0);
	assert_in_range(l.data, 1, (1ULL << 50) - 4096);
	memory_limits_read(&l);
	if (old.rlim_cur == RLIM_INFINITY)
		assert_true(l.data == NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commit), cmocka_unit_test(test_share),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_limits_share),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
