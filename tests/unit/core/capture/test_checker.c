// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_checker.c - structures that are torn in the copy are read again, and the dump
 * has what was read last.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>

#include "core/buffer/pagebuf.h"
#include "core/checker.h"
#include "tests/unit/job.h"
#include "tests/unit/root.h"

#define READINGS	4U

/* A slab page, one of neither, all of the kernel image, and one after it. */
enum { STRUCTURE = 1100, OTHER = 1101, IMAGE = 1102, AFTER = 1103 };

static struct {
	struct ld_checker checker;
	struct fake_source *src;
	unsigned int torn;		/* so many readings are */
	unsigned int seen;
	unsigned int held;		/* so often it was called again after the same reading */
	unsigned int boosted;		/* so often with real-time priority */
	u64 slow_ns;			/* it takes so long */
	/* What each reading has. */
	u64 structure[READINGS], other[READINGS], image[READINGS], after[READINGS];
} look;

static u64 word_of(const struct ld_pagebuf *copies, u64 pfn)
{
	const void *page;

	assert_true(ld_pagebuf_find(copies, pfn, &page));
	return *(const u64 *)page;
}

static unsigned int is_torn(struct ld_checker *c, const struct ld_pagebuf *copies,
			    struct ld_again *again, unsigned int reading)
{
	assert_non_null(again);
	assert_ptr_equal(c, &look.checker);
	if (reading == look.seen) {
		look.held++;
		return reading <= look.torn;
	}
	assert_int_equal(reading, ++look.seen);
	look.structure[reading - 1] = word_of(copies, STRUCTURE);
	look.other[reading - 1] = word_of(copies, OTHER);
	look.image[reading - 1] = word_of(copies, IMAGE);
	look.after[reading - 1] = word_of(copies, AFTER);
	/* The next reading finds something else. */
	*(u64 *)fake_page(look.src, STRUCTURE) += 1;
	*(u64 *)fake_page(look.src, OTHER) += 1;
	*(u64 *)fake_page(look.src, IMAGE) += 1;
	*(u64 *)fake_page(look.src, AFTER) += 1;
	return reading <= look.torn;
}

static void open_job(struct job *j, unsigned int torn)
{
	job_open(j, job_ranges);
	for (u64 pfn = 0; pfn < j->src.max; pfn++)
		j->src.page_flags[pfn] = LD_PAGE_SLAB;
	j->src.page_flags[OTHER] = 0;
	j->src.page_flags[AFTER] = 0;
	j->src.page_flags[IMAGE] = LD_PAGE_RESERVED;
	j->src.src.system.kernel_paddr = (u64)IMAGE * FAKE_PAGE;
	j->src.src.system.kernel_size = FAKE_PAGE;
	*(u64 *)fake_page(&j->src, STRUCTURE) = 100;
	*(u64 *)fake_page(&j->src, OTHER) = 200;
	*(u64 *)fake_page(&j->src, IMAGE) = 300;
	*(u64 *)fake_page(&j->src, AFTER) = 200;
	look.checker = (struct ld_checker){ .what_is_torn = is_torn, .readings = READINGS };
	look.src = &j->src;
	look.torn = torn;
	look.seen = 0;
	look.held = 0;
	j->p.checker = &look.checker;
}

/* The dump has the last reading; counts are those of a dump with one reading. */
static void expect(struct job *j, unsigned int readings)
{
	u64 frames = ld_source_frames(&j->src.src);

	assert_int_equal(ld_dump(&j->p, &j->st), 0);
	assert_int_equal(look.seen, readings);
	/* All is read the last time, and only structures before. */
	for (unsigned int i = 0; i < readings; i++) {
		assert_int_equal(look.structure[i], 100 + i);
		assert_int_equal(look.image[i], 300 + i);
		assert_int_equal(look.other[i], i + 1 < READINGS ? 200 : 200 + i);
		assert_int_equal(look.after[i], look.other[i]);
	}
	assert_int_equal(j->st.pages.buffered, frames);
	assert_int_equal(j->st.pages.unreadable, 0);
	assert_int_equal(j->st.pages.reclassified_kept, 0);
	assert_int_equal(j->st.pages.reclassified_dropped, 0);
	*(u64 *)fake_page(&j->src, STRUCTURE) = 100 + readings - 1;
	*(u64 *)fake_page(&j->src, IMAGE) = 300 + readings - 1;
	*(u64 *)fake_page(&j->src, OTHER) = look.other[readings - 1];
	*(u64 *)fake_page(&j->src, AFTER) = look.after[readings - 1];
	check_kdump(j, all_content);
	job_close(j);
}

static void test_whole(void **state)
{
	struct job j;

	(void)state;
	open_job(&j, 0);
	expect(&j, 1);
}

static void test_torn(void **state)
{
	struct job j;

	(void)state;
	open_job(&j, 2);
	expect(&j, 3);
}

/* A chunk without slab pages, and how often it is classified, in each stage. */
#define EMPTY	512U

static unsigned int classified[LD_NR_STAGES];

static void count_empty(struct fake_source *f, u64 pfn, unsigned int nr)
{
	struct job *j = f->arg;

	(void)nr;
	classified[port_atomic64_read(&j->ctl.stage)] += pfn == EMPTY;
}

/* To read structures again, a chunk of which nothing is kept is not looked at. */
static void test_torn_beside_empty_chunk(void **state)
{
	struct job j;

	(void)state;
	open_job(&j, 2);
	for (u64 pfn = EMPTY; pfn < EMPTY + LD_CHUNK; pfn++)
		j.src.page_flags[pfn] = LD_PAGE_FREE;
	j.src.before_flags = count_empty;
	j.src.arg = &j;
	memset(classified, 0, sizeof(classified));
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(look.seen, 3);
	assert_int_equal(classified[LD_STAGE_PLAN], 1);
	assert_int_equal(classified[LD_STAGE_READ], 0);
	assert_int_equal(classified[LD_STAGE_RECHECK], 3);
	job_close(&j);
}

static void test_always_torn(void **state)
{
	struct job j;

	(void)state;
	open_job(&j, UINT32_MAX);
	expect(&j, READINGS);
}

/* What cannot be read ahead cannot be looked at. */
static void test_no_memory(void **state)
{
	struct job j;

	(void)state;
	open_job(&j, 0);
	j.request.memory = 0;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(look.seen, 0);
	job_close(&j);
}

/* The boost has a deadline. What is torn then is read again without it. */
static void pass_deadline(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)pfn;
	(void)nr;
	if (look.seen)
		port_atomic64_add(&fake_clock, 3000000000LL);
	(void)f;
}

static void test_deadline(void **state)
{
	struct job j;

	(void)state;
	open_job(&j, UINT32_MAX);
	port_atomic64_set(&fake_clock, 1000000000);
	j.request.boost = true;
	j.p.workers = 1;
	j.src.after_read = pass_deadline;
	expect(&j, READINGS);
	/* The processors are held eight times after each reading. */
	assert_int_equal(look.held, 8 * READINGS);
	port_atomic64_set(&fake_clock, 0);
}

/* With the boost the processors are held until all is whole. */
static unsigned int mend_held(struct ld_checker *c, const struct ld_pagebuf *copies,
			      struct ld_again *again, unsigned int reading)
{
	(void)c;
	(void)copies;
	assert_int_equal(again->copy(again, STRUCTURE, 1), 0);
	assert_int_equal(reading, 1);
	if (look.slow_ns)
		port_atomic64_add(&fake_clock, (s64)look.slow_ns);
	look.boosted += sched_getscheduler(0) == SCHED_FIFO;
	return ++look.held < 4;
}

static void check_held(unsigned int cpus, u64 slow_ns, unsigned int boosted)
{
	struct job j;

	open_job(&j, 0);
	look.checker = (struct ld_checker){ .what_is_torn = mend_held, .readings = READINGS };
	look.slow_ns = slow_ns;
	look.boosted = 0;
	fake_cpus = cpus;
	port_atomic64_set(&fake_clock, 1000000000);
	j.p.workers = 2;
	j.request.boost = true;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(look.held, 4);
	assert_int_equal(look.boosted, boosted);
	port_atomic64_set(&fake_clock, 0);
	fake_cpus = 0;
	job_close(&j);
}

/*
 * Only if each processor has a worker do others not run meanwhile, and only if it is short
 * may others be kept from running: else it is tried again without.
 */
static void test_not_held(void **state)
{
	(void)state;
	needs_root();
	check_held(2, 0, 3);
	check_held(64, 0, 0);
	check_held(2, 600000000, 0);
}

static void test_held(void **state)
{
	struct job j;

	(void)state;
	open_job(&j, 0);
	look.checker = (struct ld_checker){ .what_is_torn = mend_held, .readings = READINGS };
	j.request.boost = true;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(look.held, 4);
	job_close(&j);
	/* Without the boost nothing is held. */
	open_job(&j, UINT32_MAX);
	expect(&j, READINGS);
	assert_int_equal(look.held, 0);
}

/*
 * Single page frames are copied again: one that has changed, one that is the kernel's only
 * now, one that is not any more, and what is no RAM or cannot be read.
 */
enum { BORN = 1104, GONE = 1105, BROKEN = 1106 };

static unsigned int mend(struct ld_checker *c, const struct ld_pagebuf *copies,
			 struct ld_again *again, unsigned int reading)
{
	const void *page;

	(void)c;
	assert_int_equal(reading, 1);
	assert_false(ld_pagebuf_find(copies, BORN, &page));
	*(u64 *)fake_page(look.src, STRUCTURE) = 101;
	*(u64 *)fake_page(look.src, OTHER) = 201;
	look.src->page_flags[BORN] = LD_PAGE_SLAB;
	look.src->page_flags[GONE] = LD_PAGE_USER;
	look.src->bad[BROKEN] = true;
	assert_int_equal(again->copy(again, STRUCTURE, 1), 0);
	assert_int_equal(word_of(copies, STRUCTURE), 101);
	/* Neighbours at once; and those that are not all to be had. */
	assert_int_equal(again->copy(again, OTHER, 4), 0);
	assert_int_equal(word_of(copies, OTHER), 201);
	assert_int_equal(again->copy(again, BORN, 2), -EFAULT);
	assert_int_equal(again->copy(again, look.src->max, 1), -EFAULT);
	assert_int_equal(word_of(copies, BORN), 500);
	assert_int_equal(again->copy(again, GONE, 1), -EFAULT);
	assert_int_equal(again->copy(again, BROKEN, 1), -EFAULT);
	return false;
}

static void test_mend(void **state)
{
	struct job j;
	u64 frames;

	(void)state;
	open_job(&j, 0);
	j.request.level = 31;
	j.src.page_flags[BORN] = LD_PAGE_USER;
	*(u64 *)fake_page(&j.src, BORN) = 500;
	look.checker = (struct ld_checker){ .what_is_torn = mend, .readings = READINGS };
	frames = ld_source_frames(&j.src.src);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	/* BORN came. Of GONE and BROKEN there is the copy of before. */
	assert_int_equal(j.st.pages.buffered, frames);
	assert_int_equal(j.st.pages.unreadable, 0);
	assert_int_equal(j.st.pages.reclassified_kept, 1);
	assert_int_equal(j.st.pages.reclassified_dropped, 0);
	job_close(&j);
}

/* Nothing is copied again for ever. */
static unsigned int mend_for_ever(struct ld_checker *c, const struct ld_pagebuf *copies,
				  struct ld_again *again, unsigned int reading)
{
	int err;

	(void)c;
	(void)copies;
	while (!(err = again->copy(again, STRUCTURE, 1)))
		port_atomic64_add(&fake_clock, look.torn);
	assert_int_equal(err, look.torn ? -ETIME : -ENOSPC);
	look.seen = reading;
	return true;
}

static void test_mend_ends(void **state)
{
	struct job j;

	(void)state;
	for (unsigned int step = 0; step <= 10000000; step += 10000000) {
		open_job(&j, step);
		look.checker.what_is_torn = mend_for_ever;
		port_atomic64_set(&fake_clock, 1000000000);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_int_equal(look.seen, READINGS);
		assert_int_equal(j.st.pages.buffered, ld_source_frames(&j.src.src));
		port_atomic64_set(&fake_clock, 0);
		job_close(&j);
	}
}

/* What the checker says before memory is read, and after that. */
static bool can_now, can_then;
static unsigned int asked;

static bool can_look(struct ld_checker *c, bool finally)
{
	assert_ptr_equal(c, &look.checker);
	assert_int_equal(finally, asked);
	asked++;
	/* The dump has what is read after the last question. */
	*(u64 *)fake_page(look.src, OTHER) += 1;
	return finally ? can_then : can_now;
}

static void open_asked(struct job *j, bool now, bool then)
{
	open_job(j, 1);
	look.checker.can_look = can_look;
	can_now = now;
	can_then = then;
	asked = 0;
}

static void test_can_look(void **state)
{
	struct job j;

	(void)state;
	open_asked(&j, true, true);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(asked, 2);
	assert_int_equal(look.seen, 2);
	assert_int_equal(j.st.lists.readings, 2);
	job_close(&j);
}

/* It is asked before anything is copied, and then not called again. */
static void test_cannot_look(void **state)
{
	struct job j;

	(void)state;
	open_asked(&j, false, true);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(asked, 1);
	assert_int_equal(look.seen, 0);
	assert_int_equal(j.st.lists.readings, 0);
	assert_int_equal(j.st.pages.buffered, ld_source_frames(&j.src.src));
	check_kdump(&j, all_content);
	job_close(&j);
}

/* If it cannot after all, what was read without the boost is read once more with it. */
static void test_cannot_look_then(void **state)
{
	struct job j;

	(void)state;
	for (int boost = 0; boost < 2; boost++) {
		open_asked(&j, true, false);
		j.request.boost = boost;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_int_equal(asked, 2);
		assert_int_equal(look.seen, 0);
		assert_int_equal(j.st.lists.readings, 0);
		assert_int_equal(j.st.pages.buffered, ld_source_frames(&j.src.src));
		if (!boost)
			*(u64 *)fake_page(&j.src, OTHER) -= 1;
		check_kdump(&j, all_content);
		job_close(&j);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_torn_beside_empty_chunk),
		cmocka_unit_test(test_always_torn),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_not_held),
		cmocka_unit_test(test_mend),
		cmocka_unit_test(test_mend_ends),
		cmocka_unit_test(test_can_look),
		cmocka_unit_test(test_cannot_look),
		cmocka_unit_test(test_cannot_look_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
