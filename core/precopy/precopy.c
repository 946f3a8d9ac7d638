// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * precopy.c - the capture method that copies memory while the system runs, and in a
 * pause only the page frames that were written since. So the pause does not grow with
 * the memory.
 *
 * The tracker of the source finds written page frames. A round is a sweep of the
 * tracker and a pass over chunks, which copies stale page frames: those without a
 * copy, or written after they were copied. Each round takes less time than the one
 * before, so less memory is written during it. A last sweep in the pause finds the
 * rest. Then all copies show the moment of the pause, whenever they were made.
 *
 * A page frame whose page type changes is stale, so its copy in the dump was made
 * while the kernel owned it. The page types in the pause decide which page frames are
 * in the dump. The first round visits all chunks. Later rounds visit only chunks with
 * page frames that were written or are left over, or whose page types may have
 * changed. So neither a later round nor the amount of memory written during it, which
 * the pause has to copy, grows with the memory.
 *
 * Memory is allocated before the first round. The page buffer has a place for each page
 * frame, and a later copy overwrites the earlier one. If that needs much memory, the first
 * round writes to the file instead, see precopy_early.c. Page frames that no kernel
 * structure depends on are not copied but streamed, as in the mode freeze-kernel.
 */
#include "core/flow/measure.h"
#include "core/scale.h"
#include "precopy.h"

/*
 * The first round takes long, so much memory is written during it. The second is short. A
 * third halves the pause even if the limit does not need it, a fourth hardly shortens it.
 */
#define ROUNDS_LEAST		3U
#define ROUNDS_MOST		8U
#define ROUNDS_NS		10000000000ULL

/* Extra rounds if the first one writes to the file: the second only compares. */
#define ROUNDS_EARLY		1U

/* Page frames of a class that have to be copied before their median time counts. */
#define MEASURED_LEAST		64U

/* struct precopy is written in the pause, see PORT_OWN_MIN. */
static size_t precopy_bytes(const struct ld_pipeline *p)
{
	return port_own_bytes(sizeof(struct precopy) +
			      p->params->workers * sizeof(struct precopy_count));
}

static size_t precopy_chunks_bytes(const struct ld_pipeline *p)
{
	return port_own_bytes(p->groups.nr_chunks * sizeof(struct precopy_chunk));
}

static bool precopy_changes_keepmap(const struct dump_request *request)
{
	(void)request;
	return true;
}

static int precopy_plan(struct ld_pipeline *p, void **state, struct ld_need *need)
{
	struct precopy *pc = port_alloc(precopy_bytes(p));
	int err;

	if (!pc)
		return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, -ENOMEM);
	*state = pc;
	pc->pipeline = p;
	err = ld_freeze_plan(p, &pc->freeze, LD_TIERS_KERNEL, &pc->whole);
	if (err)
		return err;
	*need = pc->whole;
	/* The length of the pause is not known before memory was copied once. */
	need->pause_ns = 0;
	pc->size = (struct ld_pagebuf_size){
		.policy = LD_ARENA_FIXED,
		.pages = ld_with_slack(need->frames),
		/* Each new page frame may need one, and the slack limits their number. */
		.reads = ld_with_slack(ld_keepmap_count_chunks(&p->keepmap)) +
			 ld_with_slack(need->frames) - need->frames,
		.in_place = true,
		.control = p->params->control,
	};
	need->memory = ld_pagebuf_fixed_bytes(p->params->source, p->params->workers, &pc->size);
	precopy_early_plan(pc, need);
	return 0;
}

/* No page frame has a copy, and want is empty until the first scan. */
static void precopy_init_chunks(struct precopy *pc)
{
	struct ld_pipeline *p = pc->pipeline;

	for (u64 nr = 0; nr < p->groups.nr_chunks; nr++) {
		struct precopy_chunk *c = &pc->chunks[nr];

		memset(c->stale, 0xff, sizeof(c->stale));
		memcpy(c->planned, ld_keepmap_chunk(&p->keepmap, ld_groups_chunk(&p->groups, nr)),
		       sizeof(c->planned));
		port_relax();
	}
}

static int precopy_allocate(struct precopy *pc)
{
	struct ld_pipeline *p = pc->pipeline;
	int err;

	ld_stage_begin(p, LD_STAGE_ALLOCATE, 0);
	pc->chunks = port_alloc(precopy_chunks_bytes(p));
	err = pc->chunks ? precopy_pause_open(pc) : -ENOMEM;
	if (!err && !pc->early.used)
		err = ld_pagebuf_open(&p->pagebuf, p->params->source, &p->groups,
				      p->params->workers, &pc->size);
	if (err)
		return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, err);
	precopy_init_chunks(pc);
	return pc->early.used ? precopy_early_begin(pc) : 0;
}

void precopy_note_types(struct precopy *pc, unsigned int worker, u64 chunk)
{
	struct ld_pipeline *p = pc->pipeline;
	const struct ld_scan *scan = &p->workers[worker].scan;
	struct precopy_chunk *c = precopy_chunk(pc, chunk);
	u64 *keep = ld_keepmap_chunk(&p->keepmap, chunk);
	u64 want[LD_CHUNK_WORDS], lost[LD_CHUNK_WORDS];

	memcpy(want, scan->keep, sizeof(want));
	ld_want_tiers(scan, LD_TIERS_KERNEL, want);
	memset(c->typed, 0, sizeof(c->typed));
	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		if (scan->type[i] != LD_TYPE_KERNEL)
			ld_bit_set(c->typed, i);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		lost[i] = c->want[i] & ~want[i];
		c->stale[i] |= c->want[i] ^ want[i];
		c->want[i] = want[i];
		keep[i] = scan->keep[i];
	}
	if (!ld_weight(lost, LD_CHUNK_WORDS))
		return;
	ld_pagebuf_forget(&p->pagebuf, chunk, lost);
	ld_early_forget(&p->early, chunk, lost);
}

int precopy_copy(struct precopy *pc, unsigned int worker, u64 chunk, enum ld_stage stage,
		 const u64 *want)
{
	struct ld_pipeline *p = pc->pipeline;
	struct precopy_count *count = &pc->worker[worker];
	u64 frames = ld_weight(want, LD_CHUNK_WORDS), start = port_now_ns();
	unsigned int class = ld_speed_class(frames);
	int err;

	err = ld_pagebuf_update(&p->pagebuf, p->params->source, worker, chunk, want);
	if (err == -ENOSPC)
		return precopy_lack_room(pc, chunk, want);
	if (err)
		return dump_end_blame(&p->workers[worker].end, stage, chunk * LD_CHUNK, err);
	ld_early_forget(&p->early, chunk, want);
	ld_speed_add(&count->speed[class], frames, port_now_ns() - start);
	count->frames[class] += frames;
	return 0;
}

void precopy_count(struct precopy *pc, u64 *frames)
{
	for (unsigned int c = 0; c < SPEED_COPY; c++) {
		frames[c] = 0;
		for (unsigned int i = 0; i < pc->pipeline->params->workers; i++) {
			frames[c] += pc->worker[i].frames[c];
			pc->worker[i].frames[c] = 0;
		}
	}
}

u64 precopy_copy_ns(const struct precopy *pc, const u64 *frames)
{
	u64 ns = 0;

	for (unsigned int c = 0; c < SPEED_COPY; c++)
		ns = ld_add(ns, ld_scale(pc->cost[c], frames[c], SPEED_UNIT));
	return ns;
}

/*
 * take() reports the writes before the last sweep, and the next sweep finds all later
 * ones. So it does not matter when between the two the page frames are copied.
 */
static int precopy_copy_stale(struct precopy *pc, unsigned int worker, u64 chunk)
{
	struct ld_pipeline *p = pc->pipeline;
	struct precopy_chunk *c = precopy_chunk(pc, chunk);
	enum ld_stage stage = p->result->precopy.rounds ? LD_STAGE_RECHECK : LD_STAGE_READ;
	u64 want[LD_CHUNK_WORDS], start;
	int err;

	pc->tracker->take(p->params->source, worker, chunk, c->stale);
	start = port_now_ns();
	err = ld_scan_chunk(p, worker, chunk);
	if (err)
		return err;
	ld_speed_add(&pc->worker[worker].speed[SPEED_SCAN], 1, port_now_ns() - start);
	precopy_note_types(pc, worker, chunk);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		want[i] = c->want[i] & c->stale[i];
	if (!ld_weight(want, LD_CHUNK_WORDS))
		return 0;
	if (pc->early.used && stage == LD_STAGE_READ)
		return precopy_early_store(pc, worker, chunk, want);
	if (pc->early.used)
		err = precopy_early_compare(pc, worker, chunk, want);
	if (!err && ld_weight(want, LD_CHUNK_WORDS))
		err = precopy_copy(pc, worker, chunk, stage, want);
	if (err)
		return err == -ENOSPC ? 0 : err;	/* the next round copies them */
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		c->stale[i] &= ~want[i];
	port_atomic64_add(&p->params->control->done, ld_weight(want, LD_CHUNK_WORDS));
	/* A page frame whose owner changed during the copying becomes stale again. */
	err = ld_scan_chunk(p, worker, chunk);
	if (!err)
		precopy_note_types(pc, worker, chunk);
	return err;
}

/* A class without enough measurements in the rounds gets the cost of the sample. */
static void precopy_measure(struct precopy *pc)
{
	unsigned int workers = pc->pipeline->params->workers;
	u64 sample = ld_scale(pc->whole.copy_ns, SPEED_UNIT,
			      pc->whole.frames ? pc->whole.frames : 1);
	u64 scan = ld_scale(pc->pipeline->scan_ns, SPEED_UNIT, pc->pipeline->groups.nr_chunks);

	for (unsigned int c = 0; c < SPEED_CLASSES; c++) {
		u64 one = ld_speed_median(&pc->worker[0].speed[c], workers, sizeof(pc->worker[0]),
					  MEASURED_LEAST,
					  workers * (c == SPEED_SCAN ? scan : sample));

		pc->cost[c] = one / workers;
	}
}

/*
 * Estimate the length of a pause that copies @nr page frames. It assumes that they fall
 * into the classes as those of the last round did.
 */
static u64 precopy_estimate_pause(const struct precopy *pc, u64 nr)
{
	const struct ld_pipeline *p = pc->pipeline;
	u64 classify_ns = ld_scale(pc->cost[SPEED_SCAN], pc->counts.reclassify, SPEED_UNIT);
	u64 again_ns = p->selfcheck ? pc->whole.copy_ns : 0;
	u64 frames[SPEED_COPY], sum = 0, rest = nr;

	for (unsigned int c = 0; c < SPEED_COPY; c++)
		sum += pc->mix[c];
	for (unsigned int c = 0; c < SPEED_COPY; c++) {
		frames[c] = sum ? ld_scale(pc->mix[c], nr, sum) : 0;
		rest -= frames[c];
	}
	frames[SPEED_COPY - 1] += rest;
	return ld_add(ld_add(pc->counts.scan_ns / p->params->workers + classify_ns, again_ns),
		      precopy_copy_ns(pc, frames));
}

/* Fail if the page frames that each pause copies take too long by themselves. */
static int precopy_check_always(const struct precopy *pc)
{
	struct dump_end *end = &pc->pipeline->result->end;

	if (precopy_estimate_pause(pc, pc->counts.always) <= pc->pipeline->request->max_pause_ns)
		return 0;
	return dump_end_blame(end, LD_STAGE_FREEZE, 0, -ETIME);
}

/* Tracking takes memory. Without that memory, a live dump may still be possible. */
int precopy_sweep(struct precopy *pc, enum ld_stage stage, struct ld_tracker_counts *counts)
{
	struct ld_pipeline *p = pc->pipeline;
	int err = pc->tracker->sweep(p->params->source, p->params->control, counts);

	return dump_end_blame(&p->result->end, err == -ENOMEM ? LD_STAGE_ALLOCATE : stage, 0,
			      err);
}

static int precopy_round_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct precopy *pc = ctx;
	struct precopy_chunk *c = precopy_chunk(pc, chunk);
	int err;

	memset(c->paused, 0, sizeof(c->paused));
	err = precopy_copy_stale(pc, worker, chunk);
	pc->pause.rest[ld_groups_chunk_nr(&pc->pipeline->groups, chunk)] = precopy_is_stale(c);
	return err;
}

static int precopy_round(struct precopy *pc)
{
	struct ld_pipeline *p = pc->pipeline;
	struct dump_result *r = p->result;
	bool first = !r->precopy.rounds;
	struct ld_stage_run run = {
		.stage = first ? LD_STAGE_READ : LD_STAGE_RECHECK,
		.step = precopy_round_chunk,
		.ctx = pc,
	};
	int err;

	memset(&pc->counts, 0, sizeof(pc->counts));
	ld_stage_begin(p, run.stage, 0);
	err = precopy_sweep(pc, run.stage, &pc->counts);
	if (err)
		return err;
	r->pages.always = pc->counts.always;
	/* Do not begin to write in vain. The first sweep reports too many chunks to classify. */
	if (first && pc->early.used) {
		pc->counts.reclassify = 0;
		precopy_measure(pc);
		r->times.pause_estimate = precopy_estimate_pause(pc, pc->counts.always);
		err = precopy_check_always(pc);
		if (err)
			return err;
	}
	run.total = first ? pc->whole.frames : pc->counts.changed;
	if (!first) {
		precopy_find_due(pc);
		run.next_due = precopy_next_due;
	}
	precopy_count(pc, pc->mix);
	err = ld_run_stage(p, &run);
	if (err)
		return err;
	precopy_count(pc, pc->mix);
	precopy_measure(pc);
	r->precopy.rounds++;
	return 0;
}

int precopy_round_all(struct precopy *pc)
{
	bool more = true;
	int err = 0;

	while (!err && more) {
		err = precopy_round(pc);
		if (!err)
			err = precopy_make_room(pc, &more);
	}
	return err;
}

/* The long rounds, and ld_find_sure(), which may take longer than a short round. */
static int precopy_long_rounds(struct precopy *pc)
{
	int err = precopy_round_all(pc);

	if (!err && pc->early.used)
		err = precopy_round(pc);
	if (!err && pc->early.used)
		err = precopy_early_open(pc);
	return err ? err : ld_find_sure(pc->pipeline);
}

/* Copy while the system runs, until the pause is short enough or becomes no shorter. */
static int precopy_rounds(struct precopy *pc)
{
	struct ld_pipeline *p = pc->pipeline;
	u64 before = LD_SCALE_MAX, start, expected;
	unsigned int more = pc->early.used ? ROUNDS_EARLY : 0;
	struct dump_result *r = p->result;
	bool looked = false;	/* for what devices write */
	int err;

	err = precopy_long_rounds(pc);
	if (err)
		return err;
	/* ROUNDS_NS does not limit the long rounds, which copy or write everything. */
	start = port_now_ns();
	for (;;) {
		err = precopy_round_all(pc);
		if (err)
			return err;
		expected = precopy_estimate_pause(pc, pc->counts.changed);
		/* At least ROUNDS_LEAST are over then: the last of them comes after the look. */
		if (looked && (expected <= p->request->max_pause_ns ||
			       pc->counts.changed >= before - before / 8 ||
			       r->precopy.rounds >= ROUNDS_MOST + more ||
			       port_now_ns() - start >= ROUNDS_NS))
			break;
		before = pc->counts.changed;
		if (!looked && r->precopy.rounds >= ROUNDS_LEAST - 1 + more) {
			err = precopy_find_devices(pc);
			if (err)
				return err;
			looked = true;
		}
	}
	r->times.pause_estimate = expected;
	return precopy_check_always(pc);
}

static int precopy_run(struct precopy *pc)
{
	int err = precopy_rounds(pc);

	if (!err)
		err = precopy_pauses(pc);
	return err ? err : precopy_conclude(pc);
}

/* The source cannot track this system. Fall back to a freeze if it is short enough. */
static int precopy_freeze(struct precopy *pc)
{
	struct ld_pipeline *p = pc->pipeline;
	struct dump_result *r = p->result;

	r->times.pause_estimate = pc->whole.pause_ns;
	if (p->selfcheck)
		r->times.pause_estimate = ld_add(pc->whole.pause_ns, pc->whole.copy_ns);
	if (r->times.pause_estimate > p->request->max_pause_ns)
		return dump_end_blame(&r->end, LD_STAGE_FREEZE, 0, -ETIME);
	r->bytes.needed = pc->whole.memory;
	if (pc->whole.memory > p->request->memory)
		return dump_end_blame(&r->end, LD_STAGE_ALLOCATE, 0, -ENOMEM);
	return ld_capture_freeze.capture(p, pc->freeze);
}

static int precopy_capture(struct ld_pipeline *p, void *state)
{
	struct ld_source *src = p->params->source;
	const struct ld_tracker_ops *tracker = src->tracker;
	const char *why = "the source does not see what is written to";
	struct precopy *pc = state;
	int err;

	ld_stage_begin(p, LD_STAGE_ALLOCATE, 0);
	err = tracker ? tracker->begin(src, p->params->workers, p->request->level, &why) :
			-EOPNOTSUPP;
	if (err == -EOPNOTSUPP) {
		p->result->precopy.why = why;
		return precopy_freeze(pc);
	}
	if (err)
		return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, err);
	pc->tracker = tracker;
	err = precopy_allocate(pc);
	if (!err) {
		p->result->times.read = port_now_ns();
		err = precopy_run(pc);
	}
	pc->tracker->end(src);
	return err;
}

/* The page buffer is extended only if much memory comes into use. */
static u64 precopy_estimate(const struct ld_pipeline *p, const void *state, u64 zero, u64 sampled)
{
	const struct precopy *pc = state;

	(void)zero;
	(void)sampled;
	if (pc->early.used)
		return precopy_early_bytes(pc);
	return ld_pagebuf_fixed_bytes(p->params->source, p->params->workers, &pc->size);
}

static void precopy_close(void *state)
{
	struct precopy *pc = state;
	struct ld_pipeline *p = pc->pipeline;

	if (pc->freeze)
		ld_capture_freeze.close(pc->freeze);
	precopy_pause_close(pc);
	port_free(pc->chunks, precopy_chunks_bytes(p));
	port_free(pc, precopy_bytes(p));
}

const struct ld_capture_ops ld_capture_precopy = {
	.mode = LD_MODE_PRECOPY,
	.boost_plan = true,
	.changes_keepmap = precopy_changes_keepmap,
	.plan = precopy_plan,
	.capture = precopy_capture,
	.estimate = precopy_estimate,
	.close = precopy_close,
};
