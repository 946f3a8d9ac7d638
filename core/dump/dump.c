// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * dump.c - create a dump, in this order:
 *
 *   plan      classify every page frame, decide which ones to keep and what that needs
 *   capture   copy page frames to the page buffer, with the method of the mode
 *   finalize  the keep map does not change afterwards
 *   write     compress and write the page frames; read now what was not copied
 *
 * Each stage passes chunks of page frames, in ascending order, to the workers:
 * see stage.c.
 */
#include "core/capture/selfcheck.h"
#include "core/flow/write.h"
#include "dump.h"

const struct ld_format_ops *const ld_formats[] = {
	&ld_format_kdump, &ld_format_elf, NULL,
};

/* Refuse a dump that needs too much, before the system is paused. */
static int dump_check_need(struct ld_pipeline *p, const struct ld_need *need)
{
	struct dump_end *end = &p->result->end;

	p->result->bytes.needed = need->memory;
	p->result->times.pause_estimate = need->pause_ns;
	if (need->memory > p->request->memory)
		return dump_end_blame(end, LD_STAGE_ALLOCATE, 0, -ENOMEM);
	if (need->pause_ns > p->request->max_pause_ns)
		return dump_end_blame(end, LD_STAGE_FREEZE, 0, -ETIME);
	return 0;
}

static int dump_run_stages(struct ld_pipeline *p, const struct ld_capture_ops *way, void **state)
{
	struct ld_need need;
	int err;

	err = ld_capture_plan(p, way, state, &need);
	if (!err)
		p->result->times.planned = port_now_ns();
	if (!err)
		err = ld_selfcheck_open(p, &need);
	if (!err)
		err = dump_check_need(p, &need);
	if (!err)
		err = way->capture(p, *state);
	if (!err)
		err = ld_selfcheck_compare(p, need.frames);
	if (err)
		return err;
	ld_keepmap_finalize(&p->keepmap);
	p->result->times.write = port_now_ns();
	return ld_write(p);
}

/*
 * The sink that holds the keep map until the dump is complete. NULL: the keep
 * map is in memory.
 */
static struct ld_sink *dump_keepmap_sink(const struct ld_params *params,
					 const struct ld_capture_ops *way)
{
	const struct dump_request *request = params->request;

	if (way->changes_keepmap(request) || !request->format->keep_off || !params->sink->readable)
		return NULL;
	return params->sink;
}

int ld_dump(const struct ld_params *params, struct dump_result *result)
{
	const struct ld_capture_ops *way = ld_capture_of(params->request->mode);
	struct ld_pipeline *p;
	void *state = NULL;
	int err;

	err = ld_pipeline_open(&p, params, result, dump_keepmap_sink(params, way));
	if (err)
		return err;
	err = dump_run_stages(p, way, &state);
	ld_write_close(p, err);
	if (err)
		ld_pipeline_fail(p, err);
	if (state)
		way->close(state);
	ld_selfcheck_close(p);
	ld_pipeline_close(p);
	return err;
}
