// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_capture.c - each mode has its capture method. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "core/capture/capture.h"
#include "core/dump/estimate.h"
#include "tests/unit/job.h"

#define MS	1000000ULL

static void open_mode(struct job *j, enum ld_mode mode)
{
	job_open(j, job_ranges);
	mixed_flags(j);
	j->request.mode = mode;
	j->request.level = 0;
	j->request.max_pause_ns = mode == LD_MODE_LIVE ? 0 : 60000 * MS;
}

static void test_table(void **state)
{
	static const char *const names[LD_NR_MODES] = {
		"live", "freeze", "freeze-kernel", "precopy",
	};

	(void)state;
	for (enum ld_mode mode = 0; mode < LD_NR_MODES; mode++) {
		const struct ld_capture_ops *way = ld_capture_of(mode);

		assert_non_null(way);
		assert_int_equal(way->mode, mode);
		assert_true(way->changes_keepmap && way->plan && way->capture && way->estimate &&
			    way->close);
		assert_string_equal(ld_mode_name(way->mode), names[mode]);
	}
}

/* What each capture method does, as seen from outside. */
static void test_methods(void **state)
{
	(void)state;
	for (enum ld_mode mode = 0; mode < LD_NR_MODES; mode++) {
		struct job j;

		open_mode(&j, mode);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, by_level);
		assert_int_equal(j.src.freezes, mode != LD_MODE_LIVE);
		assert_int_equal(j.st.times.pause > 0, mode != LD_MODE_LIVE);
		assert_int_equal(j.st.bytes.needed > 0, mode != LD_MODE_LIVE);
		/* Only a freeze of everything has user memory in the page buffer. */
		assert_int_equal(j.st.pages.streamed == 0, mode == LD_MODE_FREEZE);
		assert_true(j.st.pages.buffered > 0);
		job_close(&j);
	}
}

/* The keep map is in the file only if nothing changes it after the plan. */
static void test_keepmap_place(void **state)
{
	struct dump_request request = { .memory = 0 };

	(void)state;
	for (enum ld_mode mode = 0; mode < LD_NR_MODES; mode++) {
		request.memory = 0;
		assert_int_equal(ld_capture_of(mode)->changes_keepmap(&request),
				 mode != LD_MODE_LIVE);
		request.memory = 4096;
		assert_true(ld_capture_of(mode)->changes_keepmap(&request));
	}
}

/* The system cannot be stopped. */
static void test_no_freezer(void **state)
{
	(void)state;
	for (enum ld_mode mode = 0; mode < LD_NR_MODES; mode++) {
		struct ld_estimate estimate;
		struct job j;
		int err = mode == LD_MODE_LIVE ? 0 : -EOPNOTSUPP;

		open_mode(&j, mode);
		j.src.src.freezer = NULL;
		assert_int_equal(ld_estimate(&j.p, &j.st, &estimate), err);
		assert_int_equal(ld_dump(&j.p, &j.st), err);
		if (err) {
			assert_int_equal(j.st.end.stage, LD_STAGE_FREEZE);
			assert_int_equal(j.st.end.cause, LD_CAUSE_ERROR);
		}
		job_close(&j);
	}
}

/* The source does not know which page frames hold descriptions: all are copied. */
static void test_no_memmap(void **state)
{
	struct job j;

	(void)state;
	open_mode(&j, LD_MODE_FREEZE_KERNEL);
	j.request.level = 31;
	j.src.memmap = 1500;
	j.src.src.memmap = NULL;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, by_level);
	assert_int_equal(j.st.pages.streamed, 0);
	job_close(&j);
}

/* Time passes in the pause. */
static void pass_time(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)nr;
	if (f->frozen && pfn >= 1024)
		port_atomic64_add(&fake_clock, (s64)(100 * MS));
}

/* A pause ends at its limit, whatever the estimate was. */
static void test_pause_deadline(void **state)
{
	(void)state;
	/* Without a tracker pre-copy is a freeze. */
	for (enum ld_mode mode = LD_MODE_FREEZE; mode < LD_NR_MODES; mode++) {
		for (int long_enough = 0; long_enough < 2; long_enough++) {
			struct job j;

			port_atomic64_set(&fake_clock, MS);
			open_mode(&j, mode);
			j.p.workers = 1;
			j.src.after_read = pass_time;
			j.request.max_pause_ns = long_enough ? 60000 * MS : 99 * MS;
			assert_int_equal(ld_dump(&j.p, &j.st), long_enough ? 0 : -ETIME);
			assert_int_equal(j.src.freezes, 1);
			if (!long_enough) {
				assert_int_equal(j.st.end.stage, LD_STAGE_FREEZE);
				assert_in_range(j.st.end.at, 1536, 2048);
				/* In the chunk that was being copied, and none after it. */
				assert_true(j.st.times.pause >= 100 * MS);
				assert_true(j.src.reads < 3072);
			}
			job_close(&j);
			port_atomic64_set(&fake_clock, 0);
		}
	}
}

/* Reading takes 1 us per page frame. Classifying takes no time. */
static void pass_copy_time(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)f;
	(void)pfn;
	port_atomic64_add(&fake_clock, (s64)nr * 1000);
}

/* The estimated pause is the time of copying. A self-check doubles everything. */
static void test_need(void **state)
{
	u64 needed = 0;

	(void)state;
	for (unsigned int copies = 1; copies <= 2; copies++) {
		struct job j;

		port_atomic64_set(&fake_clock, MS);
		open_mode(&j, LD_MODE_FREEZE);
		j.p.workers = 1;
		j.p.selfcheck = copies == 2 ? &j.selfcheck : NULL;
		j.request.memory = 256 << 20;
		j.src.after_read = pass_copy_time;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_int_equal(j.st.times.pause_estimate, copies * j.st.pages.kept * 1000);
		assert_int_equal(j.st.times.pause, j.st.times.pause_estimate);
		assert_true(j.st.bytes.needed >= j.st.bytes.buffer);
		if (copies == 2)
			assert_int_equal(j.st.bytes.needed, 2 * needed);
		needed = j.st.bytes.needed;
		job_close(&j);
		port_atomic64_set(&fake_clock, 0);
	}
}

/* A process has some page frames while they are read. Later the kernel has them again. */
static void lend_frames(struct fake_source *f, u64 pfn, unsigned int nr)
{
	bool back = f->reads >= ld_source_frames(&f->src);

	(void)pfn;
	(void)nr;
	for (u64 p = 300; p < 320; p++)
		f->page_flags[p] = back ? LD_PAGE_SLAB : LD_PAGE_USER;
}

static void test_recheck(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.p.workers = 1;
	j.src.after_read = lend_frames;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, all_content);
	assert_int_equal(j.st.pages.reclassified_dropped, 0);
	assert_int_equal(j.st.pages.streamed, 0);
	job_close(&j);
}

/* A chunk of free memory, whose first page frames may become the kernel's, and one of slab. */
#define EMPTY	1024U
#define BORN	8U
#define KEPT	512U

/* How often a chunk was classified, in each stage. */
static struct {
	struct job *job;
	unsigned int empty[LD_NR_STAGES];
	unsigned int kept[LD_NR_STAGES];
} classified;

static void count_chunk(struct fake_source *f, u64 pfn, unsigned int nr)
{
	s64 stage = port_atomic64_read(&classified.job->ctl.stage);

	(void)f;
	(void)nr;
	classified.empty[stage] += pfn == EMPTY;
	classified.kept[stage] += pfn == KEPT;
}

static void open_counted(struct job *j)
{
	job_open(j, job_ranges);
	for (u64 pfn = 0; pfn < j->src.max; pfn++)
		j->src.page_flags[pfn] = pfn / LD_CHUNK == EMPTY / LD_CHUNK ? LD_PAGE_FREE :
									      LD_PAGE_SLAB;
	j->src.before_flags = count_chunk;
	memset(&classified, 0, sizeof(classified));
	classified.job = j;
}

/*
 * A chunk of which the plan keeps nothing is left to the recheck. Only if not all fits, the
 * pass of each tier looks at it. What is copied is classified before and after.
 */
static void test_empty_chunk(void **state)
{
	(void)state;
	for (int fits = 0; fits < 2; fits++) {
		struct job j;

		open_counted(&j);
		/* Workers compete for the last blocks. A single one gets all of them. */
		if (!fits) {
			j.request.memory = 8 << 20;
			j.p.workers = 1;
		}
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, by_level);
		assert_int_equal(j.st.pages.streamed, 0);
		assert_int_equal(classified.empty[LD_STAGE_PLAN], 1);
		assert_int_equal(classified.empty[LD_STAGE_READ], fits ? 0 : LD_NR_TIERS);
		assert_int_equal(classified.empty[LD_STAGE_RECHECK], 1);
		assert_int_equal(classified.empty[LD_STAGE_WRITE], 0);
		assert_int_equal(classified.kept[LD_STAGE_PLAN], 1);
		/* A pass copies it, and the other one finds nothing to copy. */
		assert_int_equal(classified.kept[LD_STAGE_READ], fits ? 2 : LD_NR_TIERS + 1);
		assert_int_equal(classified.kept[LD_STAGE_RECHECK], 1);
		job_close(&j);
	}
}

/* Slab from the first copy on. @arg: they are a program's when they are copied themselves. */
static void bear_frames(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)nr;
	for (u64 p = EMPTY; p < EMPTY + BORN; p++)
		f->page_flags[p] = f->arg && pfn == EMPTY ? LD_PAGE_USER : LD_PAGE_SLAB;
}

/* What is born in such a chunk is in the dump, but not what a program has by then. */
static void test_born_in_empty_chunk(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		struct job j;

		open_counted(&j);
		j.p.workers = 1;
		j.src.after_read = bear_frames;
		j.src.arg = lost ? &j : NULL;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_kdump(&j, by_level);
		assert_int_equal(j.st.pages.reclassified_kept, lost ? 0 : BORN);
		assert_int_equal(j.st.pages.streamed, 0);
		assert_int_equal(classified.empty[LD_STAGE_READ], 0);
		assert_int_equal(classified.empty[LD_STAGE_RECHECK], 2);
		job_close(&j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_keepmap_place),
		cmocka_unit_test(test_no_freezer),
		cmocka_unit_test(test_no_memmap),
		cmocka_unit_test(test_pause_deadline),
		cmocka_unit_test(test_need),
		cmocka_unit_test(test_recheck),
		cmocka_unit_test(test_empty_chunk),
		cmocka_unit_test(test_born_in_empty_chunk),
	};

	return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
