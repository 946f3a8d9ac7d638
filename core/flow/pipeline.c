// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pipeline.c - what all stages of a dump share.
 */
#include "core/format/notes.h"
#include "pipeline.h"

int ld_scan_chunk(struct ld_pipeline *p, unsigned int worker, u64 chunk)
{
	struct ld_worker *w = &p->workers[worker];

	return dump_end_blame(&w->end, LD_STAGE_CLASSIFY, chunk * LD_CHUNK,
			      ld_chunk_scan(p->params->source, worker, chunk, p->request->level,
					    &w->scan));
}

int ld_find_sure(struct ld_pipeline *p)
{
	struct ld_source *src = p->params->source;
	int err = ld_suremap_open(&p->sure, &p->groups);

	if (!err)
		err = ld_suremap_add_mapped(&p->sure, src, 0, p->params->control);
	return dump_end_blame(&p->result->end, LD_STAGE_ALLOCATE, 0, err);
}

void ld_want_tiers(const struct ld_scan *scan, unsigned int tiers, u64 *want)
{
	for (u64 i = 0; (i = ld_bit_next(want, i, LD_CHUNK, true)) < LD_CHUNK; i++)
		if (!(tiers >> ld_filter_tier(scan->type[i]) & 1))
			ld_bit_clear(want, i);
}

void ld_copied(const struct ld_pipeline *p, u64 chunk, struct ld_pagebuf_masks *masks)
{
	const struct ld_early_chunk *early = ld_early_chunk(&p->early, chunk);

	ld_pagebuf_masks(&p->pagebuf, chunk, masks);
	for (unsigned int i = 0; early && i < LD_CHUNK_WORDS; i++) {
		masks->read[i] |= early->valid[i];
		masks->good[i] |= early->valid[i];
		masks->bad[i] &= ~early->valid[i];
	}
}

u64 ld_planned(const struct ld_pipeline *p, unsigned int tiers)
{
	u64 frames = 0;

	for (enum ld_page_type type = 0; type < LD_NR_TYPES; type++)
		if (ld_filter_keep(type, p->request->level) && tiers >> ld_filter_tier(type) & 1)
			for (unsigned int i = 0; i < p->params->workers; i++)
				frames += p->workers[i].pages.frames_by_type[type];
	return frames;
}

static size_t pipeline_bytes(const struct ld_params *params)
{
	return sizeof(struct ld_pipeline) + params->workers * sizeof(struct ld_worker);
}

static int pipeline_alloc_parts(struct ld_pipeline *p, struct ld_sink *sink)
{
	const struct ld_params *params = p->params;
	size_t chunk_bytes = LD_CHUNK * ld_page_size(params->source);
	int err;

	err = ld_groups_open(&p->groups, params->source);
	if (!err)
		err = ld_keepmap_open(&p->keepmap, params->source, &p->groups, sink,
				      sink ? p->request->format->keep_off(params->source) : 0);
	if (err)
		return err;
	for (unsigned int i = 0; i < params->workers; i++) {
		p->workers[i].buf = port_alloc_locked(chunk_bytes);
		if (!p->workers[i].buf)
			return -ENOMEM;
	}
	return 0;
}

int ld_pipeline_open(struct ld_pipeline **pipeline, const struct ld_params *params,
		     struct dump_result *result, struct ld_sink *sink)
{
	const struct dump_request *request = params->request;
	struct ld_pipeline *p;
	int err;

	memset(result, 0, sizeof(*result));
	result->workers = params->workers;
	result->times.start = port_now_ns();
	result->end.cause = LD_CAUSE_ERROR;
	if (!params->workers || request->level > LD_LEVEL_MAX || !params->source->nr_ranges ||
	    (request->codec->flag && !request->format->compresses))
		return dump_end_blame(&result->end, LD_STAGE_START, 0, -EINVAL);
	err = ld_notes_set_reason(&params->source->system, &request->reason);
	if (err)
		return dump_end_blame(&result->end, LD_STAGE_START, 0, err);
	p = port_alloc(pipeline_bytes(params));
	if (!p)
		return dump_end_blame(&result->end, LD_STAGE_ALLOCATE, 0, -ENOMEM);
	p->params = params;
	p->request = request;
	p->result = result;
	ld_control_enter(params->control, LD_STAGE_ALLOCATE);
	err = dump_end_blame(&result->end, LD_STAGE_ALLOCATE, 0, pipeline_alloc_parts(p, sink));
	if (err) {
		ld_pipeline_close(p);
		return err;
	}
	result->end.cause = LD_CAUSE_NONE;
	*pipeline = p;
	return 0;
}

static void pipeline_fill_result(const struct ld_pipeline *p)
{
	struct dump_result *r = p->result;
	u64 written = 0;

	for (unsigned int i = 0; i < p->params->workers; i++) {
		dump_pages_add(&r->pages, &p->workers[i].pages);
		r->bytes.data += p->workers[i].data_bytes;
		written += p->workers[i].written;
	}
	r->pages.kept = r->end.incomplete ? written : p->keepmap.total;
	r->pages.missing = p->keepmap.total - r->pages.kept;
	r->bytes.raw = r->pages.kept << p->params->source->page_shift;
	r->bytes.buffer += ld_pagebuf_bytes(&p->pagebuf);
	if (p->early.chunks)
		r->bytes.buffer += ld_early_bytes(&p->groups, p->early.nr);
	r->times.end = port_now_ns();
}

void ld_pipeline_close(struct ld_pipeline *p)
{
	const struct ld_params *params = p->params;
	size_t chunk_bytes = LD_CHUNK * ld_page_size(params->source);

	pipeline_fill_result(p);
	ld_pagebuf_close(&p->pagebuf);
	ld_suremap_close(&p->sure);
	ld_early_close(&p->early);
	for (unsigned int i = 0; i < params->workers; i++)
		port_free_locked(p->workers[i].buf, chunk_bytes);
	ld_keepmap_close(&p->keepmap);
	ld_groups_close(&p->groups);
	port_free(p, pipeline_bytes(params));
}

int ld_pipeline_fail(struct ld_pipeline *p, int err)
{
	struct ld_control *control = p->params->control;
	struct dump_end *end = &p->result->end;
	enum ld_stage stage = port_atomic64_read(&control->passed) ?
			      (enum ld_stage)port_atomic64_read(&control->stage) : LD_STAGE_PLAN;

	/* Nobody is to blame for a cancellation between two pieces of work. */
	dump_end_blame(end, stage, 0, err);
	end->err = err;
	if (end->cause == LD_CAUSE_NONE)
		end->cause = err == -ECANCELED ? ld_control_cause(control) :
						 LD_CAUSE_ERROR;
	return err;
}
