// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_precopy.c - dumps whose memory is copied while the system runs, and in the
 * pause only what was written to since. Whatever changes meanwhile, the dump is what
 * memory was in the pause.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/dump/estimate.h"
#include "tests/unit/moment.h"

#define US	1000ULL
#define MS	1000000ULL

#define MANY	24000U
static const struct ld_range many_ranges[] = { { 0, MANY }, { 0, 0 } };

/* Nothing changes. */
static void test_idle(void **state)
{
	struct job j;

	(void)state;
	open_precopy(&j, job_ranges);
	mixed_flags(&j);
	for (u64 pfn = 300; pfn < 600; pfn++)
		memset(fake_page(&j.src, pfn), 0, FAKE_PAGE);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_moment(&j);
	assert_int_equal(j.src.freezes, 1);
	assert_int_equal(j.st.precopy.rounds, 3);
	assert_int_equal(j.st.precopy.pauses, 1);
	assert_int_equal(j.st.precopy.given_up_ns, 0);
	assert_null(j.st.precopy.why);
	assert_int_equal(j.src.tracker.sweeps, 3);
	assert_int_equal(j.src.tracker.paused, 1);
	assert_int_equal(j.st.pages.buffered, j.st.pages.kept);
	assert_int_equal(j.st.pages.paused, 0);
	assert_int_equal(j.st.pages.unseen, 0);
	assert_int_equal(j.st.pages.reclassified_kept, 0);
	assert_int_equal(j.st.pages.reclassified_dropped, 0);
	assert_true(j.st.bytes.needed >= j.st.bytes.buffer);
	close_precopy(&j);
}

static void test_churn(void **state)
{
	u64 paused = 0, kept = 0, dropped = 0;

	(void)state;
	for (unsigned int run = 1; run < 40; run++) {
		struct job j;

		open_churn(&j, run);
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_moment(&j);
		assert_int_equal(j.st.pages.unseen, 0);
		assert_int_equal(j.st.pages.buffered + j.st.pages.streamed, j.st.pages.kept);
		assert_true(j.st.bytes.needed >= j.st.bytes.buffer);
		paused += j.st.pages.paused;
		kept += j.st.pages.reclassified_kept;
		dropped += j.st.pages.reclassified_dropped;
		close_precopy(&j);
	}
	/* The test is worth something. */
	assert_true(paused > 1000 && kept > 1000 && dropped > 1000);
}

/* What is written to in the rounds and before the pause is copied in the pause, no more. */
static void write_ten(struct fake_source *f)
{
	for (u64 pfn = 1000; pfn < 1010; pfn++)
		fake_write(f, pfn);
	moment_save(f);
}

static void test_only_written(void **state)
{
	struct job j;

	(void)state;
	open_precopy(&j, job_ranges);
	j.src.before_stop = write_ten;
	for (u64 pfn = 20; pfn < 25; pfn++)
		j.src.tracker.always[pfn] = true;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_moment(&j);
	assert_int_equal(j.st.pages.paused, 15);
	assert_int_equal(j.st.pages.always, 5);
	close_precopy(&j);
}

/* A chunk is classified in the pause only if its page types may have changed. */
static u64 flags_in_pause;

static void count_flags(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)pfn;
	flags_in_pause += f->frozen ? nr : 0;
}

static void change_type(struct fake_source *f)
{
	fake_set_flags(f, 600, LD_PAGE_SLAB);
	fake_set_flags(f, 601, LD_PAGE_USER);
	moment_save(f);
}

static void test_types_in_pause(void **state)
{
	struct job j;

	(void)state;
	open_precopy(&j, job_ranges);
	j.src.page_flags[600] = LD_PAGE_USER;
	fake_write_unseen(&j.src, 600);
	j.src.before_stop = change_type;
	j.src.before_flags = count_flags;
	flags_in_pause = 0;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_moment(&j);
	assert_int_equal(flags_in_pause, LD_CHUNK);
	assert_int_equal(j.st.pages.paused, 1);
	assert_int_equal(j.st.pages.reclassified_kept, 1);
	assert_int_equal(j.st.pages.reclassified_dropped, 1);
	close_precopy(&j);
}

/*
 * A program has page frame 700 between two rounds, and 900 while it is copied. It
 * changes them as no page table of the kernel tells. That they come and go is told.
 */
static void lend_between(struct fake_source *f)
{
	f->tracker.types[700 / LD_CHUNK] = true;
	if (f->tracker.sweeps == 1)
		f->page_flags[700] = LD_PAGE_USER;
	fake_write_unseen(f, 700);
	fake_write_unseen(f, 900);
	if (f->tracker.sweeps == 2)
		f->page_flags[700] = LD_PAGE_SLAB;
	f->page_flags[900] = LD_PAGE_SLAB;
}

static void lend_meanwhile(struct fake_source *f, u64 pfn, unsigned int nr)
{
	if (pfn <= 900 && pfn + nr > 900)
		f->page_flags[900] = f->tracker.sweeps < 3 ? LD_PAGE_USER : LD_PAGE_SLAB;
}

static void test_lent(void **state)
{
	struct job j;

	(void)state;
	open_precopy(&j, job_ranges);
	j.src.before_sweep = lend_between;
	j.src.after_read = lend_meanwhile;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_moment(&j);
	assert_int_equal(j.st.pages.kept, ld_source_frames(&j.src.src));
	close_precopy(&j);
}

/* Page frame 950 becomes the kernel's while the last round copies 940, beside it. */
static void write_last(struct fake_source *f)
{
	if (f->tracker.sweeps == 2)
		fake_write(f, 940);
	f->page_flags[950] = f->tracker.sweeps == 3 ? LD_PAGE_SLAB : LD_PAGE_USER;
}

static void give_back(struct fake_source *f, u64 pfn, unsigned int nr)
{
	if (f->tracker.sweeps == 3 && pfn <= 940 && pfn + nr > 940)
		f->page_flags[950] = LD_PAGE_SLAB;
}

static void write_each_chunk(struct fake_source *f)
{
	for (u64 pfn = 0; pfn < MANY; pfn += LD_CHUNK)
		fake_write(f, pfn);
}

/* Each worker gets its turn. */
static void read_slowly(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)pfn;
	(void)nr;
	if (f->tracker.sweeps > 1)
		usleep(100);
}

/* The pause does not look at all memory, but at what was touched, and at what is left over. */
static void test_asked(void **state)
{
	struct job j;

	(void)state;
	open_precopy(&j, many_ranges);
	j.src.before_stop = write_ten;
	j.src.tracker.always[20 * LD_CHUNK] = true;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_moment(&j);
	assert_int_equal(j.st.pages.paused, 11);
	assert_int_equal(port_atomic64_read(&j.src.tracker.asked), 2);
	close_precopy(&j);

	/* Several workers share what is due, and a round leaves nothing of it over. */
	for (unsigned int run = 0; run < 4; run++) {
		open_precopy(&j, many_ranges);
		j.p.workers = 4;
		j.src.before_sweep = write_each_chunk;
		j.src.after_read = read_slowly;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		check_moment(&j);
		assert_int_equal(j.st.pages.paused, 0);
		close_precopy(&j);
	}
	/* What is left over from the last round. */
	open_precopy(&j, job_ranges);
	j.src.before_sweep = write_last;
	j.src.after_read = give_back;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_moment(&j);
	assert_int_equal(port_atomic64_read(&j.src.tracker.asked), 1);
	assert_int_equal(j.st.pages.paused, 1);
	assert_int_equal(j.st.pages.kept, ld_source_frames(&j.src.src));
	close_precopy(&j);
}

/* Reading takes 1 us per page frame. All else takes no time. */
static void pass_copy_time(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)f;
	(void)pfn;
	port_atomic64_add(&fake_clock, (s64)(nr * US));
}

static void open_timed(struct job *j, u64 max_pause_ns)
{
	port_atomic64_set(&fake_clock, MS);
	open_precopy(j, job_ranges);
	j->p.workers = 1;
	j->src.after_read = pass_copy_time;
	j->request.max_pause_ns = max_pause_ns;
}

static void close_timed(struct job *j)
{
	port_atomic64_set(&fake_clock, 0);
	close_precopy(j);
}

/* The estimate is the time of the sweep and of copying what was written to. */
static void test_estimate(void **state)
{
	struct job j;

	(void)state;
	open_timed(&j, 100 * US);
	j.src.before_stop = write_ten;
	j.src.tracker.scan_ns = 50 * US;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.st.times.pause_estimate, 10 * US);
	assert_int_equal(j.st.times.pause, 10 * US);
	close_timed(&j);

	/* Without the time for the sweep it would fit. */
	open_timed(&j, 45 * US);
	j.src.tracker.scan_ns = 50 * US;
	assert_int_equal(ld_dump(&j.p, &j.st), -ETIME);
	assert_int_equal(j.st.times.pause_estimate, 50 * US);
	assert_int_equal(j.src.freezes, 0);
	close_timed(&j);
}

/*
 * In a round each tenth chunk takes long, because the worker had to wait for its
 * processor, and page frames that lie apart take ten times as long as others.
 */
static void pass_interrupted(struct fake_source *f, u64 pfn, unsigned int nr)
{
	static unsigned int reads;

	port_atomic64_add(&fake_clock, (s64)(nr < 4 ? nr * 10 * US : nr * US));
	if (!f->frozen && reads++ % 10 == 0)
		port_atomic64_add(&fake_clock, 20 * MS);
	(void)pfn;
}

/* Two in each chunk. */
static void write_pairs(struct fake_source *f)
{
	for (u64 pfn = 20; pfn < f->max; pfn += LD_CHUNK)
		for (u64 i = 0; i < 2 && pfn < f->max; i++)
			fake_write(f, pfn + i);
	moment_save(f);
}

static void test_estimate_interrupted(void **state)
{
	struct job j;

	(void)state;
	open_precopy(&j, many_ranges);
	port_atomic64_set(&fake_clock, MS);
	j.p.workers = 1;
	j.request.memory = 1 << 30;
	j.request.max_pause_ns = 100 * MS;
	j.src.after_read = pass_interrupted;
	j.src.before_sweep = write_pairs;
	j.src.before_stop = write_pairs;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_in_range(j.st.times.pause, 900 * US, 1000 * US);
	assert_in_range(j.st.times.pause_estimate, j.st.times.pause * 3 / 4,
			j.st.times.pause * 5 / 4);
	check_moment(&j);
	close_timed(&j);
}

/* Before each sweep and each pause as much is written to again. */
static u64 written_each;

static void write_each(struct fake_source *f)
{
	for (u64 pfn = 300; pfn < 300 + written_each; pfn++)
		fake_write(f, pfn);
	moment_save(f);
}

static void test_does_not_shrink(void **state)
{
	struct job j;

	(void)state;
	written_each = 1000;
	open_timed(&j, 500 * US);
	j.src.before_sweep = write_each;
	j.src.before_stop = write_each;
	assert_int_equal(ld_dump(&j.p, &j.st), -ETIME);
	assert_int_equal(j.st.end.stage, LD_STAGE_FREEZE);
	assert_int_equal(j.st.end.cause, LD_CAUSE_ERROR);
	assert_int_equal(j.st.times.pause_estimate, 1000 * US);
	assert_int_equal(j.st.times.pause, 0);
	assert_int_equal(j.st.precopy.pauses, 3);
	assert_int_equal(j.src.freezes, 3);
	assert_int_equal(j.st.precopy.given_up_ns, 0);
	/* The third round has shown that it does not shrink. Each other try has one, too. */
	assert_int_equal(j.st.precopy.rounds, 5);
	close_timed(&j);
}

/* It shrinks, but not to what is allowed. */
static void write_less(struct fake_source *f)
{
	written_each = written_each * 3 / 4;
	write_each(f);
}

static void test_rounds_end(void **state)
{
	struct job j;

	(void)state;
	written_each = 1400;
	open_timed(&j, 20 * US);
	j.src.before_sweep = write_less;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	/* All rounds; in the pause nothing is left. */
	assert_int_equal(j.st.precopy.rounds, 8);
	assert_int_equal(j.st.precopy.pauses, 1);
	check_moment(&j);
	close_timed(&j);
}

/* Each round takes so long that no more are begun. How long the first takes does not count. */
static void pass_seconds(struct fake_source *f)
{
	port_atomic64_add(&fake_clock, (s64)(4000 * MS));
	write_less(f);
}

static void test_rounds_time(void **state)
{
	struct job j;

	(void)state;
	written_each = 1400;
	open_timed(&j, 20 * US);
	j.src.before_sweep = pass_seconds;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.st.precopy.rounds, 4);
	check_moment(&j);
	close_timed(&j);
}

/* What has to be copied in any case takes too long: the system is not paused. */
static void test_always_too_much(void **state)
{
	struct job j;

	(void)state;
	open_timed(&j, 500 * US);
	for (u64 pfn = 300; pfn < 900; pfn++)
		j.src.tracker.always[pfn] = true;
	assert_int_equal(ld_dump(&j.p, &j.st), -ETIME);
	assert_int_equal(j.st.end.stage, LD_STAGE_FREEZE);
	assert_int_equal(j.st.times.pause_estimate, 600 * US);
	assert_int_equal(j.src.freezes, 0);
	assert_int_equal(j.st.pages.always, 600);
	close_timed(&j);
}

/* Much is written to right before the first pause, in page frames that are new, too. */
static void write_once(struct fake_source *f)
{
	if (!f->freezes) {
		for (u64 pfn = 300; pfn < 1300; pfn++)
			fake_write(f, pfn);
		for (u64 pfn = 1300; pfn < 1400; pfn++)
			fake_set_flags(f, pfn, LD_PAGE_SLAB);
		for (u64 pfn = 1400; pfn < 1500; pfn++)
			fake_set_flags(f, pfn, LD_PAGE_USER);
	} else {
		fake_write(f, 1600);
	}
	moment_save(f);
}

static u64 reads_in_pause;

static void count_reads(struct fake_source *f, u64 pfn, unsigned int nr)
{
	reads_in_pause += f->frozen && f->freezes == 1 ? nr : 0;
	pass_copy_time(f, pfn, nr);
}

static void test_second_try(void **state)
{
	struct job j;

	(void)state;
	open_timed(&j, 500 * US);
	for (u64 pfn = 1300; pfn < 1400; pfn++)
		j.src.page_flags[pfn] = LD_PAGE_USER;
	j.src.before_stop = write_once;
	j.src.after_read = count_reads;
	reads_in_pause = 0;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(reads_in_pause, 0);
	assert_int_equal(j.src.freezes, 2);
	assert_int_equal(j.st.precopy.pauses, 2);
	assert_int_equal(j.st.precopy.rounds, 4);
	assert_int_equal(j.st.pages.paused, 1);
	assert_int_equal(j.st.times.pause, 1 * US);
	assert_int_equal(j.st.times.pause_estimate, 1 * US);
	check_moment(&j);
	close_timed(&j);
}

/* Copying takes longer than estimated. What was copied in such a pause is not lost. */
static void pass_more_in_pause(struct fake_source *f, u64 pfn, unsigned int nr)
{
	pass_copy_time(f, pfn, nr);
	if (f->frozen && f->freezes == 1)
		port_atomic64_add(&fake_clock, 300 * US);
}

static void write_apart(struct fake_source *f)
{
	if (!f->freezes)
		for (u64 pfn = 300; pfn < 1800; pfn += 500)
			fake_write(f, pfn);
	moment_save(f);
}

static void test_deadline(void **state)
{
	struct job j;

	(void)state;
	open_timed(&j, 500 * US);
	j.src.before_stop = write_apart;
	j.src.after_read = pass_more_in_pause;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.st.precopy.pauses, 2);
	assert_true(j.st.precopy.given_up_ns >= 600 * US);
	assert_int_equal(j.st.pages.paused, 0);
	check_moment(&j);
	close_timed(&j);
}

/* The sweep in the pause takes too long. What it has not found by then another one finds. */
static void sweep_fast(struct fake_source *f)
{
	f->tracker.paused_ns = 0;
}

static void test_sweep_deadline(void **state)
{
	struct job j;

	(void)state;
	for (int again = 0; again < 2; again++) {
		open_timed(&j, 500 * US);
		j.src.before_stop = write_apart;
		j.src.after_stop = again ? sweep_fast : NULL;
		j.src.tracker.paused_ns = 100 * MS;
		assert_int_equal(ld_dump(&j.p, &j.st), again ? 0 : -ETIME);
		assert_int_equal(j.st.precopy.pauses, again ? 2 : 3);
		assert_int_equal(j.src.tracker.paused, again ? 2 : 3);
		assert_int_equal(j.st.precopy.given_up_ns, (again ? 1 : 3) * 500 * US);
		if (again)
			check_moment(&j);
		close_timed(&j);
	}
}

/* The system cannot be tracked: all is copied in the pause if that is short enough. */
static void test_fall_back(void **state)
{
	(void)state;
	for (int fits = 0; fits < 2; fits++) {
		for (int tracker = 0; tracker < 2; tracker++) {
			struct job j;

			open_timed(&j, fits ? 2 * MS : 1 * MS);
			mixed_flags(&j);
			for (u64 pfn = 0; pfn < j.src.max; pfn++)
				j.src.page_flags[pfn] = LD_PAGE_SLAB;
			j.src.tracker.begin_error = -EOPNOTSUPP;
			if (!tracker)
				j.src.src.tracker = NULL;
			assert_int_equal(ld_dump(&j.p, &j.st), fits ? 0 : -ETIME);
			assert_string_equal(j.st.precopy.why, tracker ? "the test says so" :
					    "the source does not see what is written to");
			assert_int_equal(j.src.freezes, fits);
			assert_int_equal(j.st.precopy.rounds, 0);
			assert_int_equal(j.st.times.pause_estimate,
					 ld_source_frames(&j.src.src) * US);
			if (fits)
				check_moment(&j);
			close_timed(&j);
		}
	}
}

static void write_after(struct fake_source *f)
{
	fake_write(f, 500);
}

/* An error of begin() and of each sweep ends the dump, and the tracker. */
static void test_tracker_errors(void **state)
{
	static const int errors[] = { -ENOMEM, -EIO };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct job j;

		open_precopy(&j, job_ranges);
		j.src.tracker.begin_error = errors[i];
		assert_int_equal(ld_dump(&j.p, &j.st), errors[i]);
		assert_int_equal(j.st.end.stage, LD_STAGE_ALLOCATE);
		close_precopy(&j);
	}
	/* A live dump may still do without the memory. */
	for (unsigned int at = 1; at <= 10; at++) {
		static const enum ld_stage stages[] = {
			LD_STAGE_START, LD_STAGE_READ, LD_STAGE_RECHECK, LD_STAGE_RECHECK,
			LD_STAGE_COMPARE,
		};
		unsigned int sweep = (at - 1) / 2 + 1;
		int error = errors[at % 2];
		/* After the pause only who has written is not known then. */
		bool fails = sweep < 4 || (sweep == 4 && error != -ENOMEM);
		struct job j;

		open_precopy(&j, job_ranges);
		j.src.tracker.sweep_error = error;
		j.src.tracker.fail_at = sweep;
		j.src.after_stop = write_after;
		assert_int_equal(ld_dump(&j.p, &j.st), fails ? error : 0);
		if (fails)
			assert_int_equal(j.st.end.stage, error == -ENOMEM ? LD_STAGE_ALLOCATE :
					 stages[sweep]);
		close_precopy(&j);
	}
}

/* The dump is cancelled at each read, each classification and each sweep. */
static unsigned int cancel_at;

static void count_down(struct fake_source *f)
{
	struct job *j = f->arg;

	if (cancel_at && !--cancel_at)
		ld_control_cancel(&j->ctl, LD_CAUSE_SIGNAL);
}

static void cancel_read(struct fake_source *f, u64 pfn, unsigned int nr)
{
	(void)pfn;
	(void)nr;
	count_down(f);
}

/* The pause has several chunks to look at. */
static void write_wide(struct fake_source *f)
{
	for (u64 pfn = 300; pfn < 1800; pfn += 100)
		fake_write(f, pfn);
	moment_save(f);
}

static void test_cancel(void **state)
{
	bool stages[LD_NR_STAGES] = { false };
	unsigned int nr;

	(void)state;
	for (nr = 1; nr < 1000; nr++) {
		struct job j;
		int err;

		open_precopy(&j, job_ranges);
		j.p.workers = 1;
		cancel_at = nr;
		j.src.after_read = cancel_read;
		j.src.before_flags = cancel_read;
		j.src.before_sweep = count_down;
		j.src.before_stop = write_wide;
		err = ld_dump(&j.p, &j.st);
		if (!err) {
			close_precopy(&j);
			break;
		}
		assert_int_equal(err, -ECANCELED);
		assert_int_equal(j.st.end.cause, LD_CAUSE_SIGNAL);
		stages[port_atomic64_read(&j.ctl.stage)] = true;
		close_precopy(&j);
	}
	assert_true(nr > 50 && nr < 1000);
	assert_true(stages[LD_STAGE_READ] && stages[LD_STAGE_RECHECK] &&
		    stages[LD_STAGE_FREEZE] && stages[LD_STAGE_COMPARE]);
}

/* In the pause nothing is allocated, and no more fits than was allocated before. */
#define NEWCOMERS_MOST	20000U
static u64 newcomers;

static void open_newcomers(struct job *j, u64 nr)
{
	open_precopy(j, many_ranges);
	newcomers = nr;
	for (u64 pfn = MANY - NEWCOMERS_MOST; pfn < MANY; pfn++)
		j->src.page_flags[pfn] = LD_PAGE_USER;
	j->request.memory = 1 << 30;
}

static void come_into_use(struct fake_source *f)
{
	for (u64 pfn = MANY - newcomers; pfn < MANY; pfn++)
		fake_set_flags(f, pfn, LD_PAGE_SLAB);
}

static void take_memory_away(struct fake_source *f)
{
	come_into_use(f);
	moment_save(f);
	fake_alloc_dead = true;
}

static void give_memory_back(struct fake_source *f)
{
	(void)f;
	fake_alloc_dead = false;
}

/*
 * Page frames that came into use for which there was no room at first. Memory is allocated
 * between two pauses, never in one.
 */
static void test_full(void **state)
{
	static const u64 nr[] = { 4000, NEWCOMERS_MOST };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct job j;

		open_newcomers(&j, nr[i]);
		j.src.before_stop = take_memory_away;
		j.src.after_stop = give_memory_back;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_int_equal(j.src.freezes, 1 + i);
		assert_int_equal(j.st.precopy.pauses, 1 + i);
		assert_true(j.st.bytes.needed >= j.st.bytes.buffer);
		/* They are marked again before the second pause. */
		assert_int_equal(j.st.pages.paused, newcomers);
		check_moment(&j);
		close_precopy(&j);
	}
}

/* Before each pause, so many more come into use: room is made for all of them. */
#define WAVE	10000U

static void come_in_waves(struct fake_source *f)
{
	u64 from = MANY - NEWCOMERS_MOST + newcomers;

	newcomers += WAVE;
	for (u64 pfn = from; pfn < MANY && pfn < from + WAVE; pfn++)
		fake_set_flags(f, pfn, LD_PAGE_SLAB);
	moment_save(f);
}

static void test_waves(void **state)
{
	struct job j;

	(void)state;
	open_newcomers(&j, 0);
	j.src.before_stop = come_in_waves;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.st.precopy.pauses, 2);
	assert_int_equal(j.st.pages.paused, WAVE);
	check_moment(&j);
	close_precopy(&j);
}

/* The dump may not have as much more memory as that takes, or there is no such memory. */
static void test_no_room(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct ld_estimate estimate;
		struct job j;

		open_newcomers(&j, NEWCOMERS_MOST);
		assert_int_equal(ld_estimate(&j.p, &j.st, &estimate), 0);
		if (i == 0)
			j.request.memory = estimate.buffer_bytes;
		j.src.before_stop = take_memory_away;
		j.src.after_stop = i == 0 ? give_memory_back : NULL;
		assert_int_equal(ld_dump(&j.p, &j.st), -ENOMEM);
		fake_alloc_dead = false;
		assert_int_equal(j.st.end.stage, LD_STAGE_ALLOCATE);
		assert_int_equal(j.st.bytes.needed > j.request.memory, i == 0);
		assert_int_equal(j.src.freezes, 1);
		close_precopy(&j);
	}
}

/* While rounds run, as many more page frames come into use: another round copies them. */
static void grow_in_round(struct fake_source *f)
{
	if (f->tracker.sweeps == 2)
		come_into_use(f);
}

static void test_room_in_round(void **state)
{
	struct job j;

	(void)state;
	open_newcomers(&j, NEWCOMERS_MOST);
	j.src.before_sweep = grow_in_round;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	check_moment(&j);
	assert_int_equal(j.src.freezes, 1);
	assert_true(j.st.precopy.rounds > 3);
	assert_int_equal(j.st.pages.paused, 0);
	close_precopy(&j);
}

/* A dump that needs more memory than it may have is refused before anything is copied. */
static void test_refused(void **state)
{
	struct ld_estimate estimate;
	struct job j;
	u64 needed;

	(void)state;
	open_precopy(&j, job_ranges);
	assert_int_equal(ld_estimate(&j.p, &j.st, &estimate), 0);
	needed = j.st.bytes.needed;
	assert_int_equal(estimate.buffer_bytes, needed);
	j.request.memory = needed - 1;
	/* Otherwise less is enough, see test_precopy_early.c. */
	j.request.keep_partial = true;
	assert_int_equal(ld_dump(&j.p, &j.st), -ENOMEM);
	assert_int_equal(j.st.bytes.needed, needed);
	assert_int_equal(j.src.tracker.sweeps, 0);
	j.request.memory = needed;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	close_precopy(&j);
}

/*
 * Devices write to page frames before the pause, 100 is always copied, 101 to 103 are
 * not. After it a device writes to 104, a processor to 105, and to the marks of the
 * entries in 106; and 107, 108 have other owners.
 */
static void device_before(struct fake_source *f)
{
	for (u64 pfn = 100; pfn < 104; pfn++)
		fake_write_unseen(f, pfn);
	moment_save(f);
}

static void device_after(struct fake_source *f)
{
	u64 *table = (u64 *)fake_page(f, 106);

	fake_write_unseen(f, 100);
	fake_write_unseen(f, 104);
	fake_write(f, 105);
	table[7] |= 0x60;
	f->page_flags[107] = LD_PAGE_USER;
	fake_write_unseen(f, 107);
	f->page_flags[108] = LD_PAGE_SLAB;
	fake_write_unseen(f, 108);
}

static void open_device(struct job *j)
{
	open_precopy(j, job_ranges);
	j->src.page_flags[102] = LD_PAGE_SLAB;
	j->src.page_flags[103] = LD_PAGE_RESERVED;
	memset(fake_page(&j->src, 106), 0, FAKE_PAGE);
	for (unsigned int i = 0; i < 512; i++)
		((u64 *)fake_page(&j->src, 106))[i] = i << 12 | 1;
	j->src.tracker.always[100] = true;
	j->src.before_stop = device_before;
	j->src.after_stop = device_after;
}

/*
 * What is written after the pause differs. If the tracker cannot be asked who did it, because
 * the system cannot be stopped or memory is short, the dump is whole all the same.
 */
static void test_unchecked(void **state)
{
	static const int errors[] = { 0, -EDEADLK, -ENOMEM, -EIO };

	(void)state;
	for (unsigned int i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		bool asked = !errors[i], whole = errors[i] != -EIO;
		struct job j;

		open_device(&j);
		j.src.tracker.sweep_error = errors[i];
		j.src.tracker.fail_at = errors[i] ? 4 : 0;
		assert_int_equal(ld_dump(&j.p, &j.st), whole ? 0 : errors[i]);
		if (whole) {
			assert_int_equal(j.st.end.err, 0);
			assert_int_equal(j.st.pages.unseen, asked ? 4 : 0);
			assert_int_equal(j.st.pages.unchecked, asked ? 0 : 6);
		}
		close_precopy(&j);
	}
}

static void test_unseen(void **state)
{
	struct job j;

	(void)state;
	open_device(&j);
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.st.pages.unseen, 4);
	assert_int_equal(j.st.pages.unseen_by_type[LD_TYPE_KERNEL], 2);
	assert_int_equal(j.st.pages.unseen_by_type[LD_TYPE_SLAB], 1);
	assert_int_equal(j.st.pages.unseen_by_type[LD_TYPE_RESERVED], 1);
	close_precopy(&j);
}

/* What devices write although the source has no rule that says so is found in a round. */
static void test_devices(void **state)
{
	struct job j;

	(void)state;
	open_devices(&j, job_ranges);
	check_devices(&j, 3);
	close_precopy(&j);
}

/* Copies that are made again in the pause find what was missed. */
static void test_twice(void **state)
{
	struct job j;

	(void)state;
	for (int devices = 0; devices < 2; devices++) {
		open_device(&j);
		j.p.selfcheck = &j.selfcheck;
		j.request.memory = 256 << 20;
		j.src.after_stop = NULL;
		if (!devices)
			j.src.before_stop = write_ten;
		assert_int_equal(ld_dump(&j.p, &j.st), 0);
		assert_int_equal(j.selfcheck.differing, devices ? 3 : 0);
		assert_int_equal(j.selfcheck.marked, 0);
		close_precopy(&j);
	}
}

static void mark_entry(struct fake_source *f)
{
	((u64 *)fake_page(f, 106))[7] |= 0x60;
	moment_save(f);
}

static void test_twice_marks(void **state)
{
	struct job j;

	(void)state;
	open_device(&j);
	j.p.selfcheck = &j.selfcheck;
	j.request.memory = 256 << 20;
	j.src.after_stop = NULL;
	j.src.before_stop = mark_entry;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.selfcheck.differing, 0);
	assert_int_equal(j.selfcheck.marked, 1);
	close_precopy(&j);
}

/*
 * A page frame had a type when it was copied in a round, and none in the pause. It is
 * not the kernel's for sure.
 */
static void lose_type(struct fake_source *f)
{
	fake_set_flags(f, 400, 0);
	moment_save(f);
}

static void become_user(struct fake_source *f)
{
	fake_set_flags(f, 400, LD_PAGE_USER);
	fake_set_flags(f, 401, LD_PAGE_USER);
}

static void test_sure(void **state)
{
	struct job j;

	(void)state;
	open_precopy(&j, job_ranges);
	j.src.page_flags[400] = LD_PAGE_SLAB;
	j.src.page_flags[401] = LD_PAGE_SLAB;
	j.src.before_stop = lose_type;
	j.src.after_stop = become_user;
	assert_int_equal(ld_dump(&j.p, &j.st), 0);
	assert_int_equal(j.st.pages.withdrawn, 1);
	close_precopy(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_churn),
		cmocka_unit_test(test_only_written),
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_types_in_pause),
		cmocka_unit_test(test_lent),
		cmocka_unit_test(test_estimate),
		cmocka_unit_test(test_estimate_interrupted),
		cmocka_unit_test(test_does_not_shrink),
		cmocka_unit_test(test_rounds_end),
		cmocka_unit_test(test_rounds_time),
		cmocka_unit_test(test_always_too_much),
		cmocka_unit_test(test_second_try),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_sweep_deadline),
		cmocka_unit_test(test_fall_back),
		cmocka_unit_test(test_tracker_errors),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_waves),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_room_in_round),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_unchecked),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_twice_marks),
		cmocka_unit_test(test_sure),
	};

	return cmocka_run_group_tests_name("precopy", tests, NULL, NULL);
}
