// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_stage.c - how workers share a stage, and its deadline.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sched.h>

#include "core/flow/stage.h"
#include "tests/unit/job.h"

#define S	1000000000ULL
#define WORKERS	2U
#define CHUNKS	6U	/* chunks in job_ranges */

struct seen {
	port_atomic64_t steps[CHUNKS];
	u64 last[WORKERS];	/* last chunk of a worker, plus 1 */
	u64 late_after;		/* chunk after which the clock passes the deadline */
	u64 fail_at;		/* chunk whose step fails, if not 0 */
	bool boosted[CHUNKS];
};

static port_atomic64_t late_calls[WORKERS];
static int late_error;

static int count_step(void *ctx, unsigned int worker, u64 chunk)
{
	struct seen *seen = ctx;

	port_atomic64_add(&seen->steps[chunk], 1);
	assert_true(chunk >= seen->last[worker]);
	seen->last[worker] = chunk + 1;
	seen->boosted[chunk] = sched_getscheduler(0) == SCHED_FIFO;
	if (chunk == seen->late_after)
		port_atomic64_add(&fake_clock, (s64)(10 * S));
	return seen->fail_at && chunk >= seen->fail_at ? -EIO : 0;
}

static int count_late(struct ld_pipeline *p, unsigned int worker, u64 chunk)
{
	port_atomic64_add(&late_calls[worker], 1);
	return dump_end_blame(&p->workers[worker].end, LD_STAGE_FREEZE, chunk, late_error);
}

struct stage_job {
	struct job j;
	struct ld_pipeline *p;
	struct seen seen;
	struct ld_stage_run run;
};

static void open_stage(struct stage_job *s, unsigned int workers, u64 deadline_ns)
{
	memset(s, 0, sizeof(*s));
	memset(late_calls, 0, sizeof(late_calls));
	late_error = 0;
	port_atomic64_set(&fake_clock, (s64)S);
	job_open(&s->j, job_ranges);
	s->j.p.workers = workers;
	assert_int_equal(ld_pipeline_open(&s->p, &s->j.p, &s->j.st, NULL), 0);
	s->seen.late_after = CHUNKS;
	s->run = (struct ld_stage_run){
		.stage = LD_STAGE_COMPARE,
		.total = 77,
		.step = count_step,
		.ctx = &s->seen,
		.deadline_ns = deadline_ns,
		.late = count_late,
	};
}

static void close_stage(struct stage_job *s)
{
	ld_pipeline_close(s->p);
	job_close(&s->j);
	port_atomic64_set(&fake_clock, 0);
}

static u64 steps(const struct stage_job *s)
{
	u64 sum = 0;

	for (unsigned int c = 0; c < CHUNKS; c++) {
		assert_true(port_atomic64_read(&s->seen.steps[c]) <= 1);
		sum += (u64)port_atomic64_read(&s->seen.steps[c]);
	}
	return sum;
}

static void test_each_chunk_once(void **state)
{
	struct stage_job s;

	(void)state;
	open_stage(&s, WORKERS, 0);
	for (unsigned int i = 1; i <= 3; i++) {
		memset(s.seen.last, 0, sizeof(s.seen.last));
		assert_int_equal(ld_run_stage(s.p, &s.run), 0);
		for (unsigned int c = 0; c < CHUNKS; c++)
			assert_int_equal(port_atomic64_read(&s.seen.steps[c]), i);
	}
	assert_int_equal(port_atomic64_read(&s.j.ctl.stage), LD_STAGE_COMPARE);
	assert_int_equal(port_atomic64_read(&s.j.ctl.total), 77);
	assert_int_equal(port_atomic64_read(&late_calls[0]), 0);
	close_stage(&s);
}

/* late() is called once for each worker, before a chunk. */
static void test_late(void **state)
{
	struct stage_job s;

	(void)state;
	open_stage(&s, 1, 2 * S);
	s.seen.late_after = 2;
	assert_int_equal(ld_run_stage(s.p, &s.run), 0);
	assert_int_equal(steps(&s), CHUNKS);
	assert_int_equal(port_atomic64_read(&late_calls[0]), 1);
	close_stage(&s);

	/* No deadline, and a deadline that is not reached. */
	for (u64 deadline_ns = 0; deadline_ns <= 100 * S; deadline_ns += 100 * S) {
		open_stage(&s, 1, deadline_ns);
		s.seen.late_after = 2;
		assert_int_equal(ld_run_stage(s.p, &s.run), 0);
		assert_int_equal(port_atomic64_read(&late_calls[0]), 0);
		close_stage(&s);
	}
}

static void test_late_ends(void **state)
{
	struct stage_job s;

	(void)state;
	open_stage(&s, 1, 2 * S);
	s.seen.late_after = 2;
	late_error = -ETIME;
	assert_int_equal(ld_run_stage(s.p, &s.run), -ETIME);
	assert_int_equal(steps(&s), 3);
	assert_int_equal(s.j.st.end.stage, LD_STAGE_FREEZE);
	assert_int_equal(s.j.st.end.at, 3);
	close_stage(&s);
}

static void test_step_fails(void **state)
{
	struct stage_job s;

	(void)state;
	open_stage(&s, 1, 0);
	s.seen.fail_at = 3;
	assert_int_equal(ld_run_stage(s.p, &s.run), -EIO);
	assert_int_equal(steps(&s), 4);
	close_stage(&s);

	open_stage(&s, WORKERS, 0);
	ld_control_cancel(&s.j.ctl, LD_CAUSE_SIGNAL);
	assert_int_equal(ld_run_stage(s.p, &s.run), -ECANCELED);
	assert_int_equal(steps(&s), 0);
	close_stage(&s);
}

/* A boost lasts until its deadline, or until ld_boost_end(). */
static void test_boost(void **state)
{
	struct stage_job s;

	(void)state;
	port_boost(true);
	if (sched_getscheduler(0) != SCHED_FIFO)
		skip();
	port_boost(false);
	for (int late = 0; late < 2; late++) {
		open_stage(&s, 1, 0);
		s.seen.late_after = late ? 2 : CHUNKS;
		ld_boost_limit(&s.run, ld_boost_begin(s.p));
		assert_int_equal(ld_run_stage(s.p, &s.run), 0);
		for (unsigned int c = 0; c < CHUNKS; c++)
			assert_int_equal(s.seen.boosted[c], !late || c <= 2);
		assert_int_equal(sched_getscheduler(0), late ? SCHED_OTHER : SCHED_FIFO);
		ld_boost_end(s.p);
		assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
		close_stage(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_chunk_once),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_late_ends),
		cmocka_unit_test(test_step_fails),
		cmocka_unit_test(test_boost),
	};

	return cmocka_run_group_tests_name("stage", tests, NULL, NULL);
}
