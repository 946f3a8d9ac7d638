// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * stage.c - how workers share the chunks of a stage.
 */
#include "core/scale.h"
#include "stage.h"

/*
 * Maximum length of a boost: 2 s. Reading ahead takes about 0.1 s per CPU and
 * GB. If it takes much longer than 2 s it gains little from the boost, and
 * ordinary threads have waited long enough. With a single CPU all of them wait.
 */
#define BOOST_NS	2000000000ULL
#define BOOST_ALONE_NS	150000000ULL

/* While nothing may relax: chunks after which the watchdogs are touched, milliseconds of work. */
#define STAGE_TURNS	64U

void ld_stage_begin(struct ld_pipeline *p, enum ld_stage stage, u64 total)
{
	struct ld_control *control = p->params->control;

	port_atomic64_set(&control->done, 0);
	port_atomic64_set(&control->total, (s64)total);
	ld_control_enter(control, stage);
	port_atomic64_set(&p->stop, 0);
	for (unsigned int i = 0; i < p->params->workers; i++) {
		p->workers[i].pace.nr = 0;
		p->workers[i].pace.ns = 0;
	}
}

/* Where a worker is that goes through all that is due. */
struct stage_place {
	u64 nr;			/* the next chunk */
	u64 passed;		/* how many were due before */
};

/* Returns the number of the chunk that is this worker's next one, see groups.h. */
static u64 stage_claim(struct ld_stage_run *run, struct stage_place *place, u64 nr_chunks)
{
	u64 ticket = (u64)port_atomic64_add(&run->next, 1);

	if (!run->next_due)
		return ticket;
	for (;;) {
		u64 nr = run->next_due(run->ctx, place->nr);

		place->nr = nr + 1;
		if (nr >= nr_chunks || place->passed++ == ticket)
			return nr;
	}
}

int ld_stage_work(struct ld_pipeline *p, struct ld_stage_run *run, unsigned int worker)
{
	const struct ld_control *control = p->params->control;
	u64 deadline_ns = run->deadline_ns, nr, chunk;
	struct stage_place place = { 0, 0 };
	unsigned int turns = 0;
	int err = 0;

	while ((nr = stage_claim(run, &place, p->groups.nr_chunks)) < p->groups.nr_chunks) {
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
		if (run->no_relax && !(++turns % STAGE_TURNS))
			port_touch_watchdogs();
		else if (!run->no_relax)
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

	port_atomic64_set(&run->next, 0);
	ld_stage_begin(p, run->stage, run->total);
	return ld_stage_end(p, port_run(p->params->workers, stage_work_share, &share));
}

struct stage_boost {
	struct ld_pipeline *pipeline;
	unsigned int boosted;		/* workers below this number are */
};

static int boost_set_worker(void *arg, unsigned int worker)
{
	const struct stage_boost *boost = arg;
	struct ld_pace *pace = &boost->pipeline->workers[worker].pace;

	pace->boosted = worker < boost->boosted;
	port_boost(pace->boosted);
	return 0;
}

static void boost_set_workers(struct ld_pipeline *p, unsigned int boosted)
{
	struct stage_boost boost = { p, boosted };

	port_run(p->params->workers, boost_set_worker, &boost);
}

/*
 * Boost workers before the first of them begins. One that waited for a CPU would
 * leave its share of the work to the others, and that CPU to threads that change the
 * memory. Half of the CPUs are left to programs.
 */
u64 ld_boost_begin(struct ld_pipeline *p)
{
	unsigned int cpus = port_cpus();

	boost_set_workers(p, cpus > 1 ? cpus / 2 : 1);
	return port_now_ns() + (cpus > 1 ? BOOST_NS : BOOST_ALONE_NS);
}

u64 ld_boost_begin_all(struct ld_pipeline *p)
{
	boost_set_workers(p, p->params->workers);
	return port_now_ns() + BOOST_ALONE_NS;
}

void ld_boost_end(struct ld_pipeline *p)
{
	boost_set_workers(p, 0);
}

static int boost_end_worker(struct ld_pipeline *p, unsigned int worker, u64 chunk)
{
	(void)p;
	(void)worker;
	(void)chunk;
	port_boost(false);
	return 0;
}

void ld_boost_limit(struct ld_stage_run *run, u64 deadline_ns)
{
	run->deadline_ns = deadline_ns;
	run->late = boost_end_worker;
}

void ld_pace_add(struct ld_pipeline *p, unsigned int worker, u64 nr, u64 start_ns)
{
	struct ld_pace *pace = &p->workers[worker].pace;

	pace->nr += nr;
	pace->ns += port_now_ns() - start_ns;
}

u64 ld_pace_ns(const struct ld_pipeline *p, u64 nr, u64 unknown)
{
	u64 done = 0, ns = 0;

	for (unsigned int i = 0; i < p->params->workers; i++) {
		const struct ld_pace *pace = &p->workers[i].pace;

		if (pace->boosted) {
			done += pace->nr;
			ns += pace->ns;
		}
	}
	return done ? ld_scale(ns, nr, done) / p->params->workers : unknown;
}
