// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* test_freeze.c - dumps for which the system is paused. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/job.h"

/*
 * The system changes until it is paused. The dump has its state at the pause. What
 * changes afterwards is for test_transit.c.
 */
static void turn_until_frozen(struct fake_source *f, u64 pfn, unsigned int nr)
{
	static const u16 page_flags[] = { LD_PAGE_USER, LD_PAGE_SLAB, LD_PAGE_FREE, 0 };

	for (unsigned int i = 0; i < nr && !f->frozen && !f->freezes; i++)
		if ((pfn + i) % 5 == 0)
			f->page_flags[pfn + i] = page_flags[(pfn + i + f->reads) % 4];
}

static void test_freeze(void **state)
{
	static const unsigned int levels[] = { 0, 1, 8, 31 };

	(void)state;
	for (unsigned int i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		struct job j;

		job_open(&j, job_ranges);
		mixed_flags(&j);
		for (u64 pfn = 300; pfn < 600; pfn++)
			memset(fake_page(&j.src, pfn), 0, FAKE_PAGE);
		j.src.before_flags = turn_until_frozen;
		j.request.level = levels[i];
		j.request.mode = LD_MODE_FREEZE;
		j.request.max_pause_ns = 60ULL * 1000000000;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_int_equal(j.src.freezes, 1);
		check_kdump(&j, by_level);
		assert_int_equal(j.st.pages.buffered, j.st.pages.kept);
		assert_int_equal(j.st.pages.streamed, 0);
		assert_true(j.st.times.pause > 0);
		assert_true(j.st.times.pause_estimate > 0);
		job_close(&j);
	}
}

/* A page frame that cannot be read is not in a frozen dump. */
static void test_freeze_unreadable(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.src.bad[400] = true;
	j.src.bad[401] = true;
	j.request.mode = LD_MODE_FREEZE;
	j.request.max_pause_ns = 60ULL * 1000000000;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, bad_dropped);
	assert_int_equal(j.st.pages.unreadable, 2);
	job_close(&j);
}

static int answer_late(struct fake_source *f)
{
	(void)f;
	port_atomic64_add(&fake_clock, 3000000000);
	return 0;
}

static int answer_never(struct fake_source *f)
{
	(void)f;
	return -EDEADLK;
}

/* That all processors answer before the stop may take longer than a pause may. */
static void test_freeze_ready(void **state)
{
	(void)state;
	for (enum ld_mode mode = LD_MODE_LIVE + 1; mode < LD_NR_MODES; mode++) {
		struct job j;

		port_atomic64_set(&fake_clock, 1000000);
		job_open(&j, job_ranges);
		if (mode == LD_MODE_PRECOPY)
			fake_track(&j.src);
		j.request.mode = mode;
		j.request.max_pause_ns = 1000000000;
		j.src.before_ready = answer_late;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_int_equal(j.st.precopy.given_up_ns, 0);
		assert_true(j.st.times.pause < 1000000000);
		job_close(&j);
		port_atomic64_set(&fake_clock, 0);
	}
}

static void test_freeze_never_ready(void **state)
{
	(void)state;
	for (enum ld_mode mode = LD_MODE_LIVE + 1; mode < LD_NR_MODES; mode++) {
		struct job j;

		job_open(&j, job_ranges);
		if (mode == LD_MODE_PRECOPY)
			fake_track(&j.src);
		j.request.mode = mode;
		j.request.max_pause_ns = 60ULL * 1000000000;
		j.src.before_ready = answer_never;
		assert_int_equal(ld_dump(&j.p, &j.st), -EDEADLK);
		assert_int_equal(j.st.end.stage, LD_STAGE_FREEZE);
		assert_int_equal(j.src.freezes, 0);
		job_close(&j);
	}
}

/* The dump is refused before the system is paused. */
static void test_freeze_refused(void **state)
{
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.request.mode = LD_MODE_FREEZE;
	j.request.max_pause_ns = 60ULL * 1000000000;
	j.request.memory = 1 << 20;
	assert_int_equal(ld_dump(&j.p, &j.st), -ENOMEM);
	assert_true(j.st.bytes.needed >= 1776 * FAKE_PAGE);
	j.request.memory = j.st.bytes.needed;
	j.request.max_pause_ns = 0;
	assert_int_equal(ld_dump(&j.p, &j.st), -ETIME);
	assert_true(j.st.times.pause_estimate > 0);
	assert_int_equal(j.src.freezes, 0);
	j.request.max_pause_ns = 60ULL * 1000000000;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.src.freezes, 1);
	job_close(&j);
}

/*
 * The source of a job whose second worker waits for its processor in the stage PLAN. What
 * reads in the stage MEASURE has the policy @rehearsed[worker].
 */
static const struct ld_source_ops *usual;
static struct ld_control *waits_in;
static port_atomic64_t waited;
static int rehearsed[2];

#define WAIT_US	200000U

static int flags_after_wait(struct ld_source *src, unsigned int worker, u64 pfn, unsigned int nr,
			    u16 *page_flags)
{
	s64 stage = port_atomic64_read(&waits_in->stage);

	if (stage == LD_STAGE_MEASURE)
		rehearsed[worker] = sched_getscheduler(0);
	if (stage == LD_STAGE_PLAN && worker) {
		port_atomic64_set(&waited, 1);
		usleep(WAIT_US);
	}
	/* The first leaves it something to do. */
	while (!port_atomic64_read(&waited))
		usleep(100);
	return usual->page_flags(src, worker, pfn, nr, page_flags);
}

/*
 * Half of the workers plan without a boost. How long these wait for a processor says
 * nothing of the pause, in which nothing else runs. All have the boost while they copy a
 * sample.
 */
static void test_estimate_beside_load(void **state)
{
	static const enum ld_mode modes[] = { LD_MODE_FREEZE, LD_MODE_FREEZE_KERNEL };
	cpu_set_t all, two;
	int boosted;

	(void)state;
	port_boost(true);
	boosted = sched_getscheduler(0);
	port_boost(false);
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&two);
	for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&two) < 2; cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &two);
	assert_int_equal(sched_setaffinity(0, sizeof(two), &two), 0);
	for (unsigned int i = 0; i < 2; i++) {
		struct ld_source_ops waits;
		struct job j;

		job_open(&j, job_ranges);
		usual = j.src.src.ops;
		waits = *usual;
		waits.page_flags = flags_after_wait;
		waits_in = &j.ctl;
		port_atomic64_set(&waited, 0);
		rehearsed[0] = boosted;
		rehearsed[1] = boosted;
		j.src.src.ops = &waits;
		j.request.mode = modes[i];
		j.request.max_pause_ns = 1;
		assert_int_equal(ld_dump(&j.p, &j.st), -ETIME);
		assert_int_equal(port_atomic64_read(&waited), 1);
		assert_int_equal(rehearsed[0], boosted);
		assert_int_equal(rehearsed[1], boosted);
		assert_in_range(j.st.times.pause_estimate, 1, WAIT_US * 1000ULL - 1);
		job_close(&j);
	}
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
}

/* User memory is read after the pause, and may have changed by then. */
static void change_late(struct fake_source *f, u64 pfn, unsigned int nr)
{
	for (u64 p = pfn; p < pfn + nr && f->freezes && !f->frozen; p++)
		if (f->page_flags[p] == LD_PAGE_USER)
			fake_fill(f, p + 1);
}

static void test_kernel(void **state)
{
	u64 structure = 0, late = 0;
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	mixed_flags(&j);
	for (u64 pfn = 0; pfn < j.src.max; pfn++) {
		u16 page_flags = j.src.page_flags[pfn];

		if (!in_ram(&j, pfn) || page_flags & (LD_PAGE_ABSENT | LD_PAGE_POISON))
			continue;
		if (page_flags & LD_PAGE_SLAB || !page_flags ||
		    page_flags & (LD_PAGE_PGTABLE | LD_PAGE_RESERVED))
			structure++;
		else
			late++;
	}
	j.src.before_flags = change_late;
	j.request.level = 0;
	j.request.mode = LD_MODE_FREEZE_KERNEL;
	j.request.max_pause_ns = 60ULL * 1000000000;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.src.freezes, 1);
	check_kdump(&j, by_level);
	assert_int_equal(j.st.pages.buffered, structure);
	assert_int_equal(j.st.pages.streamed, late);
	/* It needs much less memory than a freeze of everything. */
	assert_true(j.st.bytes.needed < (structure + structure / 16 + 8192) * FAKE_PAGE * 2);
	job_close(&j);
}

/* Descriptions of page frames that are not in the dump are not copied in the pause. */
static void test_kernel_descriptions(void **state)
{
	u64 skipped = 0;
	struct job j;

	(void)state;
	job_open(&j, job_ranges);
	j.src.memmap = 1500;
	for (u64 pfn = 0; pfn < j.src.max; pfn++)
		j.src.page_flags[pfn] = pfn / 64 % 3 || pfn >= 1500 ? LD_PAGE_SLAB : LD_PAGE_USER;
	for (u64 pfn = 1500; pfn - 1500 <= j.src.max / 64; pfn++) {
		u64 first = (pfn - 1500) * 64, kept = 0;

		for (u64 p = first; p < first + 64 && p < j.src.max; p++)
			kept += in_ram(&j, p) && j.src.page_flags[p] == LD_PAGE_SLAB;
		skipped += !kept;
	}
	j.request.mode = LD_MODE_FREEZE_KERNEL;
	j.request.max_pause_ns = 60ULL * 1000000000;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_kdump(&j, by_level);
	assert_true(skipped > 10);
	assert_int_equal(j.st.pages.streamed, skipped);
	assert_int_equal(j.st.pages.buffered, j.st.pages.kept - skipped);
	job_close(&j);
}

/* A second copy from the same moment is equal, one from another moment differs. */
static void change_three(struct fake_source *f)
{
	fake_page(f, 5)[17]++;
	memset(fake_page(f, 300), 0, FAKE_PAGE);
	memset(fake_page(f, 400), 1, FAKE_PAGE);
}

static u64 differing[4], nr_differing;

static void note_differing(struct ld_source *src, u64 pfn)
{
	(void)src;
	if (nr_differing < sizeof(differing) / sizeof(*differing))
		differing[nr_differing++] = pfn;
}

static void test_twice(void **state)
{
	(void)state;
	for (int moves = 0; moves < 2; moves++) {
		struct job j;

		job_open(&j, job_ranges);
		memset(fake_page(&j.src, 400), 0, FAKE_PAGE);
		j.request.mode = LD_MODE_FREEZE;
		j.request.max_pause_ns = 60ULL * 1000000000;
		j.p.selfcheck = &j.selfcheck;
		j.selfcheck.differs = note_differing;
		nr_differing = 0;
		j.p.workers = 1;
		j.request.memory = 256 << 20;
		j.src.between_rounds = moves ? change_three : NULL;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_int_equal(j.selfcheck.differing, moves ? 3 : 0);
		assert_int_equal(nr_differing, moves ? 3 : 0);
		for (int i = 0; moves && i < 3; i++)
			assert_int_equal(differing[i], ((const u64[]){ 5, 300, 400 })[i]);
		assert_int_equal(j.st.pages.buffered, j.st.pages.kept);
		if (!moves)
			check_kdump(&j, all_content);
		job_close(&j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_freeze),
		cmocka_unit_test(test_freeze_unreadable),
		cmocka_unit_test(test_freeze_ready),
		cmocka_unit_test(test_freeze_never_ready),
		cmocka_unit_test(test_freeze_refused),
		cmocka_unit_test(test_estimate_beside_load),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_kernel_descriptions),
		cmocka_unit_test(test_twice),
	};

	return cmocka_run_group_tests_name("freeze", tests, NULL, NULL);
}
