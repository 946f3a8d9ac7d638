// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * freeze.c - a dump of one moment: the read phase in which nothing else runs.
 *
 * All memory that it takes is there before, and it is known before, too, how
 * long it will take: a machine that must not stand still that long does not.
 * Meanwhile nothing is written but memory of the dump's own, which is not in
 * the dump: no progress is told.
 */
#include "core/flow/pipeline.h"

/* Page frames each worker copies to find out how fast it is. */
#define SAMPLE_FRAMES	4096U

/* Whether any of @nr page frames from @first on is in the dump. */
static bool any_kept(const struct ld_pipeline *d, u64 first, unsigned int nr)
{
	u64 end = first + nr < d->p->source->max_pfn ? first + nr : d->p->source->max_pfn;

	return ld_bit_next(d->keepmap.map, first, end, true) < end;
}

/*
 * What of @chunk, which was just scanned, is to be of one moment. With tiers
 * left out that is also without the descriptions of page frames that are not
 * in the dump.
 */
static void want_frozen(const struct ld_pipeline *d, u64 chunk, const struct ld_scan *scan,
			u64 *want)
{
	struct ld_source *src = d->p->source;
	unsigned int nr;
	u64 first;

	memcpy(want, scan->keep, LD_CHUNK_WORDS * sizeof(*want));
	if (d->request->mode != LD_MODE_FREEZE_KERNEL)
		return;
	ld_want_tiers(d, scan, want);
	if (!src->memmap)
		return;
	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		nr = src->memmap->describes(src, chunk * LD_CHUNK + i, &first);
		if (nr && !any_kept(d, first, nr))
			ld_bit_clear(want, i);
	}
}

/*
 * What is to be kept. In a freeze of the core this is done for all before
 * anything is copied: it tells which descriptions matter.
 */
static int classify_step(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &d->workers[worker];
	u64 *keep = ld_keepmap_chunk(&d->keepmap, chunk);
	int err;

	err = ld_scan_chunk(d, worker, chunk);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		w->pages.reclassified_kept += ld_popcount(w->scan.keep[i] & ~keep[i]);
		w->pages.reclassified_dropped += ld_popcount(keep[i] & ~w->scan.keep[i]);
		keep[i] = w->scan.keep[i];
	}
	return 0;
}

/* Nothing moves: what a page frame is now is what it is in the dump. */
static int frozen_step(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &d->workers[worker];
	u64 *keep = ld_keepmap_chunk(&d->keepmap, chunk);
	u64 want[LD_CHUNK_WORDS];
	struct ld_pagebuf_masks pin;
	int err;

	err = classify_step(d, worker, chunk);
	if (err)
		return err;
	want_frozen(d, chunk, &w->scan, want);
	err = ld_pagebuf_read(&d->pre, d->p->source, worker, chunk, d->request->level, want, NULL);
	if (err)
		return dump_end_blame(&w->end, LD_STAGE_FREEZE, chunk * LD_CHUNK,
				 err == -ENOSPC ? -ENOMEM : err);
	ld_pagebuf_masks(&d->pre, chunk, &pin);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		w->pages.buffered += ld_popcount(pin.good[i]);
		w->pages.unreadable += ld_popcount(pin.bad[i]);
		keep[i] = pin.good[i] | (keep[i] & ~want[i]);
	}
	return 0;
}

/* Copy once more what was copied well. */
static int second_step(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &d->workers[worker];
	struct ld_pagebuf_masks pin;

	ld_pagebuf_masks(&d->pre, chunk, &pin);
	return dump_end_blame(&w->end, LD_STAGE_FREEZE, chunk * LD_CHUNK,
			 ld_pagebuf_read(&d->second, d->p->source, worker, chunk, d->request->level,
					 pin.good, NULL));
}

static int frozen_round(void *arg, unsigned int worker, unsigned int round)
{
	struct ld_pipeline *d = arg;

	return ld_take_chunks(d, worker, &d->round[round].next, d->round[round].step);
}

/* Count descriptions that are not copied. */
static int count_skipped_step(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	const u64 *keep = ld_keepmap_chunk(&d->keepmap, chunk);
	struct ld_source *src = d->p->source;
	unsigned int nr;
	u64 first;

	for (u64 i = 0; (i = ld_bit_next(keep, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		nr = src->memmap->describes(src, chunk * LD_CHUNK + i, &first);
		d->workers[worker].skipped += nr && !any_kept(d, first, nr);
	}
	return 0;
}

/* Time the copying of some page frames that the plan keeps, as the freeze does it. */
static int sample_step(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &d->workers[worker];
	const u64 *keep = ld_keepmap_chunk(&d->keepmap, chunk);
	u64 want[LD_CHUNK_WORDS], bad[LD_CHUNK_WORDS];
	int err;

	if (w->sampled >= SAMPLE_FRAMES)
		return 0;
	err = ld_scan_chunk(d, worker, chunk);
	if (err)
		return err;
	want_frozen(d, chunk, &w->scan, want);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		want[i] &= keep[i];
	w->sampled += ld_weight(want, LD_CHUNK_WORDS);
	return dump_end_blame(&w->end, LD_STAGE_READ, chunk * LD_CHUNK,
			 ld_chunk_read(d->p->source, worker, chunk, want, w->buf, bad));
}

int ld_time_copy(struct ld_pipeline *d, u64 frames, u64 *ns)
{
	u64 sampled = 0, start;
	int err;

	for (unsigned int i = 0; i < d->p->workers; i++)
		d->workers[i].sampled = 0;
	if (d->request->mode != LD_MODE_LIVE || d->request->boost)
		ld_boost(d);
	start = port_now_ns();
	err = ld_run_stage(d, LD_STAGE_MEASURE, frames, sample_step);
	*ns = port_now_ns() - start;
	ld_boost_end(d);
	for (unsigned int i = 0; i < d->p->workers; i++)
		sampled += d->workers[i].sampled;
	*ns = sampled ? *ns * frames / sampled : 0;
	return err;
}

/* To classify all takes as long as it took the plan; what copying takes is tried out. */
static int predict(struct ld_pipeline *d, u64 frames)
{
	unsigned int copies = d->p->selfcheck ? 2 : 1;
	u64 ns;
	int err;

	err = ld_time_copy(d, frames, &ns);
	if (!err)
		d->result->times.pause_estimate = (d->nr_rounds - copies + 1) * d->plan_ns +
					      copies * ns;
	return err;
}

/* Allocate all that the copying takes, if it may be had. */
static int stock_up(struct ld_pipeline *d, u64 frames, u64 chunks)
{
	const struct ld_params *p = d->p;
	struct ld_pagebuf_size size = { LD_ARENA_FIXED, frames, chunks };
	int err;

	err = ld_pagebuf_open(&d->pre, p->source, p->workers, &size);
	if (!err && p->selfcheck)
		err = ld_pagebuf_open(&d->second, p->source, p->workers, &size);
	d->result->bytes.buffer = ld_pagebuf_bytes(&d->pre) + ld_pagebuf_bytes(&d->second);
	return dump_end_blame(&d->result->end, LD_STAGE_ALLOCATE, 0, err);
}

/* Count page frames of @chunk that are not the same in both copies. */
static int compare_step(struct ld_pipeline *d, unsigned int worker, u64 chunk)
{
	struct ld_source *src = d->p->source;
	struct ld_worker *w = &d->workers[worker];
	u64 zero[2][LD_CHUNK_WORDS] = { { 0 } };
	const void **other = w->buf;
	struct ld_pagebuf_masks pin, again;

	memset(w->chunk.page, 0, sizeof(w->chunk.page));
	memset(other, 0, LD_CHUNK * sizeof(*other));
	ld_pagebuf_masks(&d->pre, chunk, &pin);
	ld_pagebuf_masks(&d->second, chunk, &again);
	ld_pagebuf_pages(&d->pre, chunk, w->chunk.page, zero[0]);
	ld_pagebuf_pages(&d->second, chunk, other, zero[1]);
	for (u64 i = 0; (i = ld_bit_next(pin.good, i, LD_CHUNK, true)) < LD_CHUNK; i++) {
		const void *page = w->chunk.page[i];
		bool same;

		if (page && other[i])
			same = !memcmp(page, other[i], ld_page_size(src));
		else
			same = !page && !other[i] && ld_bit(again.good, i);
		if (same)
			continue;
		if (d->p->selfcheck->wrote && d->p->selfcheck->wrote(src, chunk * LD_CHUNK + i))
			w->scratch++;
		else
			w->differing++;
	}
	return 0;
}

static void add_round(struct ld_pipeline *d,
		      int (*step)(struct ld_pipeline *d, unsigned int worker, u64 chunk))
{
	d->round[d->nr_rounds++].step = step;
}

/* What happens in the freeze, and how many page frames the plan has for it. */
static int plan_freeze(struct ld_pipeline *d, u64 *frames)
{
	const struct ld_params *p = d->p;
	int err = 0;

	d->tiers = (1U << LD_NR_TIERS) - 1;
	if (p->request->mode == LD_MODE_FREEZE)
		d->tiers |= 1U << LD_TIER_LATE;
	*frames = ld_planned(d);
	if (p->request->mode == LD_MODE_FREEZE_KERNEL && p->source->memmap) {
		err = ld_run_stage(d, LD_STAGE_SKIP, 0, count_skipped_step);
		for (unsigned int i = 0; i < p->workers; i++)
			*frames -= d->workers[i].skipped;
		add_round(d, classify_step);
	}
	add_round(d, frozen_step);
	if (p->selfcheck)
		add_round(d, second_step);
	return err;
}

/* What is to be had before anything stands still. */
struct need {
	u64 frames;	/* page frames to copy, as planned */
	u64 room;	/* for so many, */
	u64 chunks;	/* of so many chunks: the system may allocate some meanwhile */
};

static int find_need(struct ld_pipeline *d, struct need *need)
{
	const struct ld_params *p = d->p;
	u64 chunks = 0;
	int err;

	if (!p->source->freezer)
		return dump_end_blame(&d->result->end, LD_STAGE_FREEZE, 0, -EOPNOTSUPP);
	err = plan_freeze(d, &need->frames);
	if (err)
		return err;
	for (u64 c = 0; c < d->nr_chunks; c++)
		chunks += !!ld_weight(ld_keepmap_chunk(&d->keepmap, c), LD_CHUNK_WORDS);
	need->room = need->frames + need->frames / 16 + LD_READ_SLACK;
	need->chunks = chunks + chunks / 16 + LD_READ_SLACK;
	d->result->bytes.needed = ld_pagebuf_fixed_bytes(p->source, p->workers,
		&(struct ld_pagebuf_size){ LD_ARENA_FIXED, need->room, need->chunks });
	if (p->selfcheck)
		d->result->bytes.needed *= 2;
	return 0;
}

int ld_freeze_estimate(struct ld_pipeline *d)
{
	struct need need;
	int err;

	err = find_need(d, &need);
	return err ? err : predict(d, need.frames);
}

/* Copy all that is to be of one moment while nothing else runs. */
int ld_freeze(struct ld_pipeline *d)
{
	const struct ld_params *p = d->p;
	struct ld_source *src = p->source;
	struct need need;
	int err;

	err = find_need(d, &need);
	if (err)
		return err;
	if (d->result->bytes.needed > p->request->memory)
		return dump_end_blame(&d->result->end, LD_STAGE_ALLOCATE, 0, -ENOMEM);
	err = predict(d, need.frames);
	if (!err && d->result->times.pause_estimate > p->request->max_pause_ns)
		err = dump_end_blame(&d->result->end, LD_STAGE_FREEZE, 0, -ETIME);
	if (!err)
		err = stock_up(d, need.room, need.chunks);
	if (err)
		return err;
	d->result->times.read = port_now_ns();
	ld_begin_stage(d, LD_STAGE_FREEZE, need.frames, NULL);
	d->frozen_until = port_now_ns() + p->request->max_pause_ns;
	err = src->freezer->stop(src, p->workers, d->nr_rounds, frozen_round, d,
			       &d->result->times.pause);
	d->frozen_until = 0;
	err = ld_end_stage(d, err);
	if (err || !p->selfcheck)
		return err;
	err = ld_run_stage(d, LD_STAGE_COMPARE, need.frames, compare_step);
	for (unsigned int i = 0; i < p->workers; i++) {
		p->selfcheck->differing += d->workers[i].differing;
		p->selfcheck->written += d->workers[i].scratch;
	}
	return err;
}
