// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_vmemmap.c - the page frames of the array of struct pages: mapped by huge
 * pages, and where hugetlb pages share them, up to 1 TB of these.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/pages/vmemmap.h"
#include "tests/unit/fake.h"

#define DESCRIBED	64U
#define HUGE_FRAMES	512U			/* page frames of a hugetlb page of 2 MiB */
#define HUGE_PAGES	(1U << 19)		/* 1 TB of them */
#define SHARED		77U			/* the page frame that all of them share */

/* The page frame of the array that hugetlb page @i has of its own, in no order. */
static u64 head_of(u64 i)
{
	return 1000 + i * 374761393U % HUGE_PAGES;
}

/* All eight page frames of the array for a hugetlb page are the first one. */
static void walk_optimised(struct ld_vmemmap *v)
{
	for (u64 i = 0; i < HUGE_PAGES; i++)
		for (u64 at = 0; at < HUGE_FRAMES; at += DESCRIBED)
			ld_vmemmap_add(v, head_of(i), i * HUGE_FRAMES + at);
}

/* All but the first are one that all hugetlb pages share. */
static void walk_shared(struct ld_vmemmap *v)
{
	for (u64 i = 0; i < HUGE_PAGES / 64; i++)
		for (u64 at = 0; at < HUGE_FRAMES; at += DESCRIBED)
			ld_vmemmap_add(v, at ? SHARED : head_of(i), i * HUGE_FRAMES + at);
}

/* Huge pages; then, in the middle of one, page frames that are mapped twice. */
static void walk_plain(struct ld_vmemmap *v)
{
	for (u64 i = 0; i < 2048; i++)
		ld_vmemmap_add(v, 5000 + i, i * DESCRIBED);
	for (u64 i = 2048; i < 2056; i++)
		ld_vmemmap_add(v, 5000 + 2047, i * DESCRIBED);
	for (u64 i = 2056; i < 4000; i++)
		ld_vmemmap_add(v, 100000 - i, i * DESCRIBED);
}

static void collect(struct ld_vmemmap *v, void (*walk)(struct ld_vmemmap *v))
{
	u64 nr;

	ld_vmemmap_open(v, DESCRIBED);
	walk(v);
	nr = v->nr;
	assert_int_equal(ld_vmemmap_alloc(v), 0);
	walk(v);
	assert_int_equal(v->nr, nr);
	print_message("%lu runs, %lu KiB\n", nr,
		      port_atomic64_read(&fake_alloc_bytes) >> 10);
	ld_vmemmap_sort(v);
}

static void check(const struct ld_vmemmap *v, u64 pfn, u64 first, unsigned int nr)
{
	u64 found;

	assert_int_equal(ld_vmemmap_find(v, pfn, &found), nr);
	if (nr)
		assert_int_equal(found, first);
}

static void test_plain(void **state)
{
	struct ld_vmemmap v;

	(void)state;
	collect(&v, walk_plain);
	for (u64 i = 0; i < 2047; i++)
		check(&v, 5000 + i, i * DESCRIBED, DESCRIBED);
	/* The last of the first run, and the eight of the second, are one. */
	check(&v, 5000 + 2047, 2047 * DESCRIBED, 9 * DESCRIBED);
	for (u64 i = 2056; i < 4000; i++)
		check(&v, 100000 - i, i * DESCRIBED, DESCRIBED);
	check(&v, 4999, 0, 0);
	check(&v, 7048, 0, 0);
	check(&v, 100000, 0, 0);
	ld_vmemmap_close(&v);
}

static void test_optimised(void **state)
{
	struct ld_vmemmap v;

	(void)state;
	collect(&v, walk_optimised);
	/* One run for each hugetlb page, not eight. */
	assert_int_equal(v.nr, HUGE_PAGES);
	assert_true(port_atomic64_read(&fake_alloc_bytes) <= 24 * HUGE_PAGES);
	for (u64 i = 0; i < HUGE_PAGES; i++)
		check(&v, head_of(i), i * HUGE_FRAMES, HUGE_FRAMES);
	ld_vmemmap_close(&v);
	assert_int_equal(port_atomic64_read(&fake_alloc_bytes), 0);
}

/* What describes many hugetlb pages must not be taken for the page frame of one. */
static void test_shared(void **state)
{
	struct ld_vmemmap v;

	(void)state;
	collect(&v, walk_shared);
	check(&v, SHARED, 0, 0);
	for (u64 i = 0; i < HUGE_PAGES / 64; i++)
		check(&v, head_of(i), i * HUGE_FRAMES, DESCRIBED);
	ld_vmemmap_close(&v);
}

/* A page frame in a run, and once more elsewhere: no page frame of the run counts. */
static void walk_overlap(struct ld_vmemmap *v)
{
	for (u64 i = 0; i < 10; i++)
		ld_vmemmap_add(v, 500 + i, i * DESCRIBED);
	ld_vmemmap_add(v, 505, 1000 * DESCRIBED);
	ld_vmemmap_add(v, 600, 2000 * DESCRIBED);
	ld_vmemmap_add(v, 505, 3000 * DESCRIBED);
}

static void test_overlap(void **state)
{
	struct ld_vmemmap v;

	(void)state;
	collect(&v, walk_overlap);
	assert_int_equal(v.nr, 2);
	for (u64 i = 0; i < 10; i++)
		check(&v, 500 + i, 0, 0);
	check(&v, 600, 2000 * DESCRIBED, DESCRIBED);
	ld_vmemmap_close(&v);
}

/* The second walk finds more than the first: what does not fit is left out. */
static void test_grows(void **state)
{
	struct ld_vmemmap v;

	(void)state;
	ld_vmemmap_open(&v, DESCRIBED);
	for (u64 i = 0; i < 10; i++)
		ld_vmemmap_add(&v, 900 - 2 * i, i * DESCRIBED);
	assert_int_equal(ld_vmemmap_alloc(&v), 0);
	for (u64 i = 0; i < 20; i++)
		ld_vmemmap_add(&v, 900 - 2 * i, i * DESCRIBED);
	ld_vmemmap_sort(&v);
	for (u64 i = 0; i < 20; i++)
		check(&v, 900 - 2 * i, i * DESCRIBED, i < 10 ? DESCRIBED : 0);
	ld_vmemmap_close(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_optimised),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_grows),
	};

	return cmocka_run_group_tests_name("vmemmap", tests, NULL, NULL);
}
