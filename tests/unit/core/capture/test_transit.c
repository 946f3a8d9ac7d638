// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_transit.c - pages that were being filled for a program when they were
 * copied. Their page flags tell it only when they are written.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer/suremap.h"
#include "core/format/notes.h"
#include "tests/unit/job.h"

/* Page frames that change while the dump is written. */
#define KERNEL_TO_USER	1000U
#define KERNEL_TO_CACHE	1001U
#define KERNEL_TO_FREE	1002U
#define SLAB_TO_USER	1003U
#define PGTABLE_TO_USER	1004U
#define RESERVED_TO_CACHE	1005U
#define MAPPED_TO_USER	1006U
#define MAPPED_TO_FREE	1007U
#define KERNEL_TO_SLAB	1008U
#define LARGE		1024U	/* a large page, all of it mapped */
#define LARGE_TO_USER	(LARGE + 511)

/* The kernel's page tables. 4-level: root, PUD, PMD, PTE. */
#define ROOT		3000U
#define PUD		3001U
#define PMD		3002U
#define PTE		3003U
#define PMD_DIRECT	3004U
#define PTE_DIRECT	3005U

#define PRESENT		1ULL
#define PRESENT_LARGE	0x81ULL
#define SHARED		3010U	/* a table that 100 entries lead to */

static void change(struct fake_source *f, u64 pfn, unsigned int nr)
{
	struct job *j = f->arg;

	(void)pfn;
	(void)nr;
	if (port_atomic64_read(&j->ctl.stage) != LD_STAGE_WRITE)
		return;
	f->page_flags[KERNEL_TO_USER] = LD_PAGE_USER;
	f->page_flags[KERNEL_TO_CACHE] = LD_PAGE_CACHE;
	f->page_flags[KERNEL_TO_FREE] = LD_PAGE_FREE;
	f->page_flags[KERNEL_TO_SLAB] = LD_PAGE_SLAB;
	f->page_flags[SLAB_TO_USER] = LD_PAGE_USER;
	f->page_flags[PGTABLE_TO_USER] = LD_PAGE_USER;
	f->page_flags[RESERVED_TO_CACHE] = LD_PAGE_CACHE;
	f->page_flags[MAPPED_TO_USER] = LD_PAGE_USER;
	f->page_flags[MAPPED_TO_FREE] = LD_PAGE_FREE;
	f->page_flags[LARGE_TO_USER] = LD_PAGE_USER;
}

static u64 *table(struct job *j, u64 pfn)
{
	return (u64 *)fake_page(&j->src, pfn);
}

static const u64 direct_start = 0xffff888000000000ULL;
static const u64 vmalloc_start = 0xffffc90000000000ULL;

static unsigned int entry_of(u64 vaddr, unsigned int level)
{
	return vaddr >> (12 + 9 * (level - 1)) & 511;
}

/* The direct map leads to all page frames of the test, vmalloc to the mapped ones. */
static void make_tables(struct job *j)
{
	struct ld_system *sys = &j->src.src.system;
	char text[256];
	size_t len;

	for (u64 pfn = ROOT; pfn <= SHARED; pfn++)
		memset(table(j, pfn), 0, FAKE_PAGE);
	table(j, ROOT)[entry_of(vmalloc_start, 4)] = PUD << 12 | PRESENT;
	table(j, PUD)[0] = PMD << 12 | PRESENT;
	table(j, PMD)[0] = PTE << 12 | PRESENT;
	table(j, PMD)[7] = LARGE << 12 | PRESENT_LARGE | 1 << 12;
	table(j, PTE)[5] = MAPPED_TO_USER << 12 | PRESENT;
	table(j, PTE)[9] = MAPPED_TO_FREE << 12 | PRESENT;
	table(j, PTE)[11] = KERNEL_TO_USER << 12;	/* not present */
	table(j, PTE)[12] = 0xfffffffff000ULL | PRESENT;	/* no RAM */
	table(j, PTE)[13] = j->src.max << 12 | PRESENT;
	/* A user's half of the address space says nothing. */
	table(j, ROOT)[3] = PUD << 12 | PRESENT;
	table(j, ROOT)[entry_of(direct_start, 4)] = PMD_DIRECT << 12 | PRESENT;
	table(j, PMD_DIRECT)[entry_of(direct_start, 3)] = PTE_DIRECT << 12 | PRESENT;
	for (unsigned int i = 0; i < 512; i++)
		table(j, PTE_DIRECT)[i] = (u64)i << 21 | PRESENT_LARGE;
	/* As KASAN does; and the table leads back to itself, for all levels. */
	for (unsigned int i = 300; i < 400; i++)
		table(j, ROOT)[i] = SHARED << 12 | PRESENT;
	for (unsigned int i = 0; i < 512; i++)
		table(j, SHARED)[i] = SHARED << 12 | PRESENT;
	len = (size_t)snprintf(text, sizeof(text),
			       "SYMBOL(swapper_pg_dir)=%llx\nNUMBER(pgtable_l5_enabled)=0\n",
			       0xffffffff80000000ULL + (ROOT << 12) - 0x1000000);
	free(j->src.notes);
	j->src.notes = malloc(ld_notes_size(sys, len));
	ld_notes_build(sys, j->src.notes, text, len, false);
	sys->phys_base = 0x1000000;
}

static void open_transit(struct job *j)
{
	job_open(j, job_ranges);
	j->src.arg = j;
	j->src.before_flags = change;
	j->src.page_flags[SLAB_TO_USER] = LD_PAGE_SLAB;
	j->src.page_flags[PGTABLE_TO_USER] = LD_PAGE_PGTABLE;
	j->src.page_flags[RESERVED_TO_CACHE] = LD_PAGE_RESERVED;
}

/*
 * A frozen dump only counts what is not a program's when it is written. In a live dump
 * a stack may have ended, and be a program's, before it is copied.
 */
static enum want withdrawn(const struct job *j, u64 pfn)
{
	if (pfn == KERNEL_TO_USER || pfn == KERNEL_TO_CACHE)
		return ZEROS;
	if (pfn == KERNEL_TO_FREE || pfn == KERNEL_TO_SLAB || pfn == MAPPED_TO_USER ||
	    pfn == LARGE_TO_USER)
		return j->request.mode == LD_MODE_LIVE ? ZEROS : CONTENT;
	return CONTENT;
}

static void take(struct job *j, enum ld_mode mode)
{
	j->request.mode = mode;
	j->request.max_pause_ns = 1ULL << 40;
	assert_int_equal(ld_dump(&j->p, &j->st), 0);
}

static void test_withdrawn(void **state)
{
	(void)state;
	for (enum ld_mode mode = 0; mode < LD_NR_MODES; mode++) {
		struct job j;

		open_transit(&j);
		make_tables(&j);
		take(&j, mode);
		check_kdump(&j, withdrawn);
		assert_int_equal(j.st.pages.withdrawn, mode == LD_MODE_LIVE ? 6 : 2);
		assert_int_equal(j.st.pages.uncertain, mode == LD_MODE_LIVE ? 0 : 2);
		assert_int_equal(j.st.pages.blanked, 0);
		job_close(&j);
	}
}

/* Without page tables nothing says that mapped pages are the kernel's. */
static enum want withdrawn_mapped(const struct job *j, u64 pfn)
{
	return pfn == MAPPED_TO_FREE ? ZEROS : withdrawn(j, pfn);
}

static void test_no_page_tables(void **state)
{
	struct job j;

	(void)state;
	open_transit(&j);
	take(&j, LD_MODE_LIVE);
	check_kdump(&j, withdrawn_mapped);
	assert_int_equal(j.st.pages.withdrawn, 7);
	assert_int_equal(j.st.pages.uncertain, 0);
	job_close(&j);
}

/* A dump that keeps programs' memory keeps these, too. */
static void test_level_keeps(void **state)
{
	struct job j;

	(void)state;
	open_transit(&j);
	j.request.level = LD_LEVEL_FREE;
	take(&j, LD_MODE_FREEZE);
	check_kdump(&j, all_content);
	assert_int_equal(j.st.pages.withdrawn, 0);
	assert_int_equal(j.st.pages.uncertain, 0);
	job_close(&j);
}

/* A copy replaces an older one, and its type the older one's. */
static void test_copied_again(void **state)
{
	static struct ld_scan scan;
	struct ld_suremap sure = { 0 };
	struct ld_groups groups;
	u64 frames[LD_CHUNK_WORDS] = { 0 };
	struct job j;

	(void)state;
	open_transit(&j);
	assert_int_equal(ld_groups_open(&groups, &j.src.src), 0);
	assert_int_equal(ld_suremap_open(&sure, &groups), 0);
	ld_bit_set(frames, 5);
	scan.type[5] = LD_TYPE_SLAB;
	scan.type[6] = LD_TYPE_SLAB;
	ld_suremap_set_types(&sure, 0, frames, &scan);
	assert_true(ld_map_any(&sure.typed, 5, 6));
	assert_false(ld_map_any(&sure.typed, 6, 7));
	scan.type[5] = LD_TYPE_KERNEL;
	ld_suremap_set_types(&sure, 0, frames, &scan);
	assert_false(ld_map_any(&sure.typed, 5, 6));
	ld_suremap_close(&sure);
	ld_groups_close(&groups);
	job_close(&j);
}

static void test_no_memory(void **state)
{
	(void)state;
	for (int left = 0; left < 40; left++) {
		struct job j;
		int err;

		open_transit(&j);
		make_tables(&j);
		fake_alloc_left = left;
		err = ld_dump(&j.p, &j.st);
		fake_alloc_left = -1;
		assert_true(err == 0 || err == -ENOMEM);
		job_close(&j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_withdrawn),
		cmocka_unit_test(test_no_page_tables),
		cmocka_unit_test(test_level_keeps),
		cmocka_unit_test(test_copied_again),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("transit", tests, NULL, NULL);
}
