// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * freeze.c - a dump of one moment: the read phase in which nothing else runs.
 *
 * All memory that it takes is there before, and it is known before, too, how
 * long it will take: a machine that must not stand still that long does not.
 */
#include "flow.h"

/* Page frames each worker copies to find out how fast it is. */
#define SAMPLE_FRAMES	4096U

/* Nothing moves: what a page frame is now is what it is in the dump. */
static int frozen_step(struct ld_flow *d, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &d->workers[worker];
	u64 *keep = ld_kept_chunk(&d->kept, chunk);
	struct ld_pin_masks pin;
	int err;

	err = ld_scan_chunk(d, worker, chunk);
	if (err)
		return err;
	err = ld_preread_chunk(&d->pre, d->p->source, worker, chunk, d->p->level,
			       w->scan.keep, NULL);
	if (err)
		return ld_failed(&w->stats, "freeze", chunk * LD_CHUNK, err);
	ld_preread_masks(&d->pre, chunk, &pin);
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++) {
		w->stats.pinned += ld_popcount(pin.good[i]);
		w->stats.unreadable += ld_popcount(pin.bad[i]);
		w->stats.turned_kept += ld_popcount(pin.read[i] & ~keep[i]);
		w->stats.turned_dropped += ld_popcount(keep[i] & ~pin.read[i]);
		keep[i] = pin.good[i];
	}
	port_atomic64_add(&d->p->control->done, ld_weight(keep, LD_CHUNK_WORDS));
	return 0;
}

/* Time the copying of some page frames that the plan keeps, as the freeze does it. */
static int sample_step(struct ld_flow *d, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &d->workers[worker];
	const u64 *keep = ld_kept_chunk(&d->kept, chunk);
	u64 want[LD_CHUNK_WORDS], bad[LD_CHUNK_WORDS];
	int err;

	if (w->sampled >= SAMPLE_FRAMES)
		return 0;
	err = ld_scan_chunk(d, worker, chunk);
	if (err)
		return err;
	for (unsigned int i = 0; i < LD_CHUNK_WORDS; i++)
		want[i] = w->scan.keep[i] & keep[i];
	w->sampled += ld_weight(want, LD_CHUNK_WORDS);
	return ld_failed(&w->stats, "read memory", chunk * LD_CHUNK,
		      ld_chunk_read(d->p->source, worker, chunk, want, w->buf, bad));
}

static int predict(struct ld_flow *d, u64 frames)
{
	u64 sampled = 0, start, ns;
	int err;

	start = port_now_ns();
	err = ld_run_phase(d, LD_PHASE_READ, frames, sample_step);
	if (err)
		return err;
	ns = port_now_ns() - start;
	for (unsigned int i = 0; i < d->p->workers; i++)
		sampled += d->workers[i].sampled;
	d->stats->predicted_ns = sampled ? ns * frames / sampled : 0;
	if (d->stats->predicted_ns > d->p->max_pause_ns)
		return ld_failed(d->stats, "freeze", 0, -ETIME);
	return 0;
}

/* Copy all that is kept while nothing else runs. */
int ld_freeze(struct ld_flow *d)
{
	struct ld_source *src = d->p->source;
	u64 kept = 0, room, chunks = 0;	/* page frames, chunks that have some */
	int err;

	if (!src->ops->freeze)
		return ld_failed(d->stats, "freeze", 0, -EOPNOTSUPP);
	for (u64 c = 0; c < d->nr_chunks; c++) {
		u64 in_chunk = ld_weight(ld_kept_chunk(&d->kept, c), LD_CHUNK_WORDS);

		kept += in_chunk;
		chunks += !!in_chunk;
	}
	/* What the system allocates meanwhile is dumped, too. */
	room = kept + kept / 16 + LD_READ_SLACK;
	chunks += chunks / 16 + LD_READ_SLACK;
	d->stats->memory_needed = ld_preread_stock_bytes(src->page_shift, d->p->workers, room,
							 chunks);
	if (d->stats->memory_needed > d->p->memory)
		return ld_failed(d->stats, "allocate memory", 0, -ENOMEM);
	err = predict(d, kept);
	if (err)
		return err;
	err = ld_preread_open(&d->pre, src, d->p->workers, d->p->memory);
	if (!err)
		err = ld_preread_stock(&d->pre, room, chunks);
	if (err)
		return ld_failed(d->stats, "allocate memory", 0, err);
	d->stats->pinned_bytes = ld_preread_bytes(&d->pre);
	d->stats->read_ns = port_now_ns();
	ld_begin_phase(d, LD_PHASE_READ, kept, frozen_step);
	d->frozen_until = port_now_ns() + d->p->max_pause_ns;
	err = src->ops->freeze(src, d->p->workers, ld_run_steps, d, &d->stats->pause_ns);
	d->frozen_until = 0;
	return ld_end_phase(d, err);
}

