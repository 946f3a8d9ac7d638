// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * precopy_pause.c - the pause of pre-copy, in these rounds of the freezer:
 *
 *   0	sweep
 *   1	classify the chunks whose page types may have changed, count stale page frames
 *   2	worker 0 decides whether there is time to copy these page frames
 *   3	copy them
 *   4	in a test: copy everything once more
 *
 * If there is not enough time or room, the system resumes at once, also in the middle of a round.
 * Page frames that the tracker reported then stay stale, and copied ones are stale again: an NMI
 * may have written to one after its copy by a translation that was dirty still, which leaves no
 * mark.
 *
 * Most chunks have nothing to copy or classify and are skipped: a machine with 1 TB of
 * memory has half a million chunks.
 *
 * Only memory that is not in the dump is written in the pause, see PORT_OWN_MIN.
 */
#include "core/capture/selfcheck.h"
#include "core/scale.h"
#include "precopy.h"

/* Attempts. A pause that finds too much to copy is given up. */
#define PAUSES_MOST		3U

/* Rounds of the freezer before the second pass over the chunks. */
#define ROUND_SWEEP	0U
#define ROUND_FIND	1U
#define ROUND_DECIDE	2U
#define ROUNDS_MORE	2U	/* rounds that are not passes */

/* A byte for each chunk of the groups. */
static size_t pause_bytes(const struct precopy *pc)
{
	return port_own_bytes(pc->pipeline->groups.nr * LD_GROUP);
}

int precopy_pause_open(struct precopy *pc)
{
	pc->pause.rest = port_alloc(pause_bytes(pc));
	pc->pause.due = port_alloc(pause_bytes(pc));
	return pc->pause.rest && pc->pause.due ? 0 : -ENOMEM;
}

void precopy_pause_close(struct precopy *pc)
{
	port_free(pc->pause.rest, pause_bytes(pc));
	port_free(pc->pause.due, pause_bytes(pc));
}

/* The first chunk from @nr on whose byte is set, or @end, which is the end of a group. */
static u64 pause_next_byte(const u8 *bytes, u64 nr, u64 end)
{
	while (nr < end && !bytes[nr]) {
		u64 word = 1;

		if (nr % sizeof(word) == 0)
			memcpy(&word, bytes + nr, sizeof(word));
		nr += word ? 1 : sizeof(word);
	}
	return nr;
}

/* The first chunk from @nr on that is touched or left over. Constant only in a pause. */
static u64 pause_next_to_find(void *ctx, u64 nr)
{
	struct precopy *pc = ctx;
	struct ld_source *src = pc->pipeline->params->source;
	const struct ld_groups *groups = &pc->pipeline->groups;

	while (nr < groups->nr_chunks) {
		u64 index = nr / LD_GROUP, end = (index + 1) * LD_GROUP;
		u64 touched = pc->tracker->touched(src, ld_groups_at(groups, index));
		u64 next = pause_next_byte(pc->pause.rest, nr, end);
		u64 bit = ld_bit_next(&touched, nr % LD_GROUP, LD_GROUP, true);

		if (bit < next - index * LD_GROUP)
			next = index * LD_GROUP + bit;
		if (next < end)
			return next;
		nr = end;
	}
	return nr;
}

void precopy_find_due(struct precopy *pc)
{
	u64 nr_chunks = pc->pipeline->groups.nr_chunks;

	memset(pc->pause.due, 0, pause_bytes(pc));
	for (u64 nr = 0; (nr = pause_next_to_find(pc, nr)) < nr_chunks; nr++) {
		pc->pause.due[nr] = 1;
		port_relax();
	}
}

u64 precopy_next_due(void *ctx, u64 nr)
{
	const struct precopy *pc = ctx;

	return pause_next_byte(pc->pause.due, nr, pc->pipeline->groups.nr * LD_GROUP);
}

/* The sum of the workers' counts, which are reset. */
static u64 pause_count_unplaced(struct precopy *pc)
{
	u64 unplaced = 0;

	for (unsigned int i = 0; i < pc->pipeline->params->workers; i++) {
		unplaced += pc->worker[i].unplaced;
		pc->worker[i].unplaced = 0;
	}
	return unplaced;
}

static int pause_find_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct precopy *pc = ctx;
	struct ld_pipeline *p = pc->pipeline;
	struct ld_source *src = p->params->source;
	struct precopy_chunk *c = precopy_chunk(pc, chunk);
	u64 due[LD_CHUNK_WORDS], frames;
	int err;

	pc->tracker->take(src, worker, chunk, c->stale);
	if (pc->tracker->types_changed(src, chunk)) {
		err = ld_scan_chunk(p, worker, chunk);
		if (err)
			return err;
		precopy_note_types(pc, worker, chunk);
	}
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		due[i] = c->want[i] & c->stale[i];
	frames = ld_weight(due, LD_CHUNK_WORDS);
	pc->worker[worker].frames[ld_speed_class(frames)] += frames;
	pc->worker[worker].unplaced += ld_pagebuf_unplaced(&p->pagebuf, chunk, due);
	pc->pause.due[ld_groups_chunk_nr(&p->groups, chunk)] = frames != 0;
	return 0;
}

/* Decide whether the pause would end in time and has room. Worker 0 decides for all. */
static int pause_decide(struct precopy *pc, unsigned int worker)
{
	struct ld_pipeline *p = pc->pipeline;
	u64 frames[SPEED_COPY], ns;

	if (worker)
		return 0;
	precopy_count(pc, frames);
	ns = ld_add(port_now_ns() - pc->pause.begun_ns, precopy_copy_ns(pc, frames));
	if (p->selfcheck)
		ns = ld_add(ns, pc->whole.copy_ns);
	p->result->times.pause_estimate = ns;
	pc->pause.unplaced = pause_count_unplaced(pc);
	if (ns > p->request->max_pause_ns)
		return -ETIME;
	return pc->pause.unplaced > ld_pagebuf_room(&p->pagebuf) ? -ENOSPC : 0;
}

static int pause_copy_chunk(void *ctx, unsigned int worker, u64 chunk)
{
	struct precopy *pc = ctx;
	struct precopy_chunk *c = precopy_chunk(pc, chunk);
	u64 want[LD_CHUNK_WORDS];
	int err;

	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		want[i] = c->want[i] & c->stale[i];
	err = precopy_copy(pc, worker, chunk, LD_STAGE_FREEZE, want);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		c->stale[i] &= ~want[i];
		c->paused[i] = want[i];
	}
	return 0;
}

/* Blame no stage yet: there may be another pause. */
static int pause_is_late(struct ld_pipeline *p, unsigned int worker, u64 chunk)
{
	(void)p;
	(void)worker;
	(void)chunk;
	return -ETIME;
}

static int pause_work_round(void *arg, unsigned int worker, unsigned int round)
{
	struct precopy *pc = arg;
	struct ld_pipeline *p = pc->pipeline;

	switch (round) {
	case ROUND_SWEEP:
		return pc->tracker->sweep_paused(p->params->source, worker, p->params->workers,
						 pc->pause.deadline_ns);
	case ROUND_FIND:
		return ld_stage_work(p, &pc->pause.pass[0], worker);
	case ROUND_DECIDE:
		return pause_decide(pc, worker);
	default:
		return ld_stage_work(p, &pc->pause.pass[round - ROUNDS_MORE], worker);
	}
}

static void pause_add_pass(struct precopy_pause *pause, struct precopy *pc,
			   u64 (*next_due)(void *ctx, u64 nr),
			   int (*step)(void *ctx, unsigned int worker, u64 chunk))
{
	pause->pass[pause->nr_passes++] = (struct ld_stage_run){
		.step = step,
		.ctx = pc,
		.next_due = next_due,
	};
}

/* Set up the passes, once. Allocates memory for a self-check. */
static int pause_prepare(struct precopy *pc)
{
	struct ld_pipeline *p = pc->pipeline;
	struct precopy_pause *pause = &pc->pause;
	int err;

	if (pause->nr_passes)
		return 0;
	pause_add_pass(pause, pc, pause_next_to_find, pause_find_chunk);
	pause_add_pass(pause, pc, precopy_next_due, pause_copy_chunk);
	err = ld_selfcheck_add_round(p, &pc->size, pause->pass, &pause->nr_passes);
	return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, err);
}

/* After a pause that was given up: what it found stale is left over, copied or not. */
static void pause_leave(struct precopy *pc)
{
	u64 nr_chunks = pc->pipeline->groups.nr_chunks;

	for (u64 nr = 0; (nr = precopy_next_due(pc, nr)) < nr_chunks; nr++) {
		struct precopy_chunk *c = &pc->chunks[nr];

		for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
			c->stale[i] |= c->paused[i];
			c->paused[i] = 0;
		}
		pc->pause.rest[nr] = 1;
		port_relax();
	}
}

/*
 * Returns 0, -ETIME if the pause was given up because it would have taken or took too long,
 * -ENOSPC if it was given up for lack of room in the page buffer, or another negative errno.
 */
static int pause_once(struct precopy *pc)
{
	struct ld_pipeline *p = pc->pipeline;
	struct ld_source *src = p->params->source;
	struct precopy_pause *pause = &pc->pause;
	u64 frames[SPEED_COPY];
	int err;

	err = pause_prepare(pc);
	if (err)
		return err;
	ld_stage_begin(p, LD_STAGE_FREEZE, pc->counts.changed);
	precopy_count(pc, frames);
	pause_count_unplaced(pc);
	memset(pause->due, 0, pause_bytes(pc));
	err = ld_source_ready(src);
	if (err)
		return ld_stage_end(p, err);
	pause->begun_ns = port_now_ns();
	pause->deadline_ns = pause->begun_ns + p->request->max_pause_ns;
	for (unsigned int i = 0; i < pause->nr_passes; i++) {
		struct ld_stage_run *pass = &pause->pass[i];

		port_atomic64_set(&pass->next, 0);
		pass->deadline_ns = pause->deadline_ns;
		pass->late = pause_is_late;
		pass->no_relax = true;
	}
	err = src->freezer->stop(src, p->params->workers, pause->nr_passes + ROUNDS_MORE,
				 pause_work_round, pc, &p->result->times.pause);
	if (err == -ETIME || err == -ENOSPC)
		pause_leave(pc);
	/* A worker that finds no room ends the pause. The others would have found none either. */
	if (err == -ENOSPC)
		port_atomic64_set(&pc->lacking, (s64)pause->unplaced);
	return ld_stage_end(p, err);
}

int precopy_pauses(struct precopy *pc)
{
	struct ld_pipeline *p = pc->pipeline;
	struct dump_result *r = p->result;
	bool more;
	int err;

	for (;;) {
		r->precopy.pauses++;
		err = pause_once(pc);
		if (err != -ETIME && err != -ENOSPC)
			break;
		r->precopy.given_up_ns += r->times.pause;
		r->times.pause = 0;
		if (r->precopy.pauses == PAUSES_MOST)
			break;
		err = precopy_make_room(pc, &more);
		if (!err)
			err = precopy_round_all(pc);
		if (err)
			break;
	}
	return dump_end_blame(&r->end, LD_STAGE_FREEZE, 0, err == -ENOSPC ? -ENOMEM : err);
}
