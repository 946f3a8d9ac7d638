// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * stage.c - how workers share the chunks of a stage.
 */
#include "stage.h"

/*
 * Maximum length of a boost: 2 s. Reading ahead takes about 0.1 s per CPU and
 * GB. If it takes much longer than 2 s it gains little from the boost.
 */
#define BOOST_NS	2000000000ULL

/*
 * After each slice of this length a boosted worker rests, so that the ordinary
 * threads of its CPU run: they should not wait for more than 200 ms. A slice
 * ends with a chunk of page frames, which takes up to 30 ms on a slow machine.
 * The rest is as long as a few time slices of the kernel's scheduler (3 ms, or
 * a tick of 4 ms or 10 ms).
 */
#define BOOST_SLICE_NS	100000000ULL
#define BOOST_REST_NS	20000000ULL

void ld_stage_begin(struct ld_pipeline *p, enum ld_stage stage, u64 total)
{
	struct ld_control *control = p->params->control;

	port_atomic64_set(&control->done, 0);
	port_atomic64_set(&control->total, (s64)total);
	ld_control_enter(control, stage);
	port_atomic64_set(&p->stop, 0);
}

/* Rest if it is time to. Returns false if the boost is over: the worker takes no more chunks. */
static bool boost_goes_on(struct ld_pipeline *p, unsigned int worker)
{
	struct ld_worker *w = &p->workers[worker];
	u64 now = port_now_ns();

	if (now > p->boost.end_ns)
		return false;
	if (now >= w->rest_ns) {
		port_sleep_ns(BOOST_REST_NS);
		w->rest_ns = port_now_ns() + BOOST_SLICE_NS;
	}
	return true;
}

int ld_stage_work(struct ld_pipeline *p, struct ld_stage_run *run, unsigned int worker)
{
	const struct ld_control *control = p->params->control;
	u64 deadline_ns = run->deadline_ns, nr, chunk;
	int err = 0;

	while (!p->boost.workers || boost_goes_on(p, worker)) {
		nr = (u64)port_atomic64_add(&run->next, 1);
		if (nr >= p->groups.nr_chunks)
			break;
		if (port_atomic64_read(&p->stop))
			break;
		chunk = ld_groups_chunk(&p->groups, nr);
		err = ld_control_cancelled(control);
		if (!err && deadline_ns && port_now_ns() > deadline_ns) {
			deadline_ns = 0;
			err = run->late(p, worker, chunk);
		}
		if (!err)
			err = run->step(run->ctx, worker, chunk);
		if (err == LD_STAGE_DONE)
			return 0;
		if (err) {
			port_atomic64_set(&p->stop, 1);
			break;
		}
		if (run->no_relax)
			port_touch_watchdogs();
		else
			port_relax();
	}
	return err;
}

int ld_stage_end(struct ld_pipeline *p, int err)
{
	for (unsigned int i = 0; i < p->params->workers && err; i++) {
		const struct dump_end *end = &p->workers[i].end;

		if (end->err)
			dump_end_blame(&p->result->end, end->stage, end->at, err);
	}
	return err;
}

struct stage_share {
	struct ld_pipeline *pipeline;
	struct ld_stage_run *run;
};

static int stage_work_share(void *arg, unsigned int worker)
{
	const struct stage_share *share = arg;

	return ld_stage_work(share->pipeline, share->run, worker);
}

int ld_run_stage(struct ld_pipeline *p, struct ld_stage_run *run)
{
	struct stage_share share = { p, run };
	unsigned int boosted = p->boost.workers;
	int err = 0;

	port_atomic64_set(&run->next, 0);
	ld_stage_begin(p, run->stage, run->total);
	if (boosted)
		err = port_run(boosted, stage_work_share, &share);
	if (!err && boosted && (u64)port_atomic64_read(&run->next) < p->groups.nr_chunks)
		ld_boost_end(p);
	if (!err && !p->boost.workers)
		err = port_run(p->params->workers, stage_work_share, &share);
	return ld_stage_end(p, err);
}

static int boost_set_worker(void *arg, unsigned int worker)
{
	const bool *on = arg;

	(void)worker;
	port_boost(*on);
	return 0;
}

unsigned int ld_boost_workers(const struct ld_pipeline *p)
{
	const struct ld_params *params = p->params;

	if (!params->boosted || params->boosted > params->workers)
		return params->workers;
	return params->boosted;
}

/*
 * Boost the workers before the first of them begins. The others do nothing until
 * the boost ends. A worker that waits for a CPU would keep the chunk that it has
 * half read from the rest, for half a second on a busy machine.
 */
void ld_boost_begin(struct ld_pipeline *p)
{
	unsigned int workers = ld_boost_workers(p);
	bool on = true;
	u64 now;

	if (!p->params->boosted)
		return;
	port_run(workers, boost_set_worker, &on);
	now = port_now_ns();
	for (unsigned int i = 0; i < workers; i++)
		p->workers[i].rest_ns = now + BOOST_SLICE_NS;
	p->boost.end_ns = now + BOOST_NS;
	p->boost.workers = workers;
}

void ld_boost_end(struct ld_pipeline *p)
{
	bool on = false;

	if (p->boost.workers)
		port_run(p->boost.workers, boost_set_worker, &on);
	p->boost.workers = 0;
}
