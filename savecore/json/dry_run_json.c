// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * dry_run_json.c - the estimate of a dry run as JSON.
 */
#include "core/codec/codec.h"
#include "core/format/format.h"
#include "dry_run_json.h"

static json_t *dry_run_codec(const struct dry_run *run, const struct ld_packed *packed)
{
	json_t *object = json_new();

	json_put_text(object, "codec", packed->codec->name);
	json_object_set_new(object, "level", json_integer(packed->level));
	json_put_bool(object, "chosen", packed->codec == run->fit.job->request->codec);
	json_put_number(object, "file_bytes", packed->file_bytes);
	json_put_number(object, "disk_bytes", packed->disk_bytes);
	json_put_number(object, "error_bytes", packed->error);
	json_put_number(object, "time_us", packed->time_ns / 1000);
	if (run->available_known)
		json_put_bool(object, "fits", fit_holds(&run->fit, packed));
	return object;
}

static json_t *dry_run_freeze(const struct dry_run *run)
{
	json_t *object = json_new();

	json_put_number(object, "pause_us", run->fit.job->result.times.pause_estimate / 1000);
	json_put_number(object, "max_pause_us", run->fit.job->request->max_pause_ns / 1000);
	json_put_bool(object, "pause_fits", run->fits_pause);
	json_put_number(object, "memory_bytes", run->fit.job->result.bytes.needed);
	json_put_bool(object, "memory_fits", run->fits_memory);
	return object;
}

static json_t *dry_run_rotation(const struct dry_run *run)
{
	json_t *object = json_new();

	json_put_number(object, "dumps", run->preview.dumps);
	json_put_number(object, "disk_bytes", run->preview.bytes);
	json_put_number(object, "removed_dumps", run->preview.removed);
	json_put_number(object, "removed_disk_bytes", run->preview.removed_bytes);
	if (run->keep->dumps)
		json_put_number(object, "max_dumps", run->keep->dumps);
	if (run->keep->bytes)
		json_put_number(object, "max_total_bytes", run->keep->bytes);
	return object;
}

json_t *dry_run_json(const struct dry_run *run)
{
	const struct engine_job *job = run->fit.job;
	const struct dump_result *r = &job->result;
	const struct dump_request *request = job->request;
	json_t *object = json_report("live"), *codecs;

	json_put_bool(object, "dry_run", true);
	json_put_text(object, "engine", run->fit.engine->name);
	json_put_text(object, "engine_why", run->why);
	json_put_text(object, "device", job->source.device);
	json_put_number(object, "threads", job->workers);
	json_put_text(object, "mode", ld_mode_name(request->mode));
	json_put_number(object, "dump_level", request->level);
	json_put_text(object, "format", request->format->name);
	json_put_number(object, "page_size", job->source.page_size);
	json_put_number(object, "pages", r->pages.frames);
	json_object_set_new(object, "pages_by_type", json_of_types(&r->pages));
	json_put_number(object, "pages_kept", r->pages.kept);
	json_put_number(object, "pages_of_zeros", r->pages.zero);
	json_put_number(object, "read_bytes", r->bytes.raw);
	json_put_number(object, "pages_sampled", run->estimate.sampled);
	codecs = json_array();
	for (unsigned int c = 0; c < LD_NR_CODECS; c++)
		if (run->estimate.packed[c].codec)
			json_array_append_new(codecs, dry_run_codec(run, &run->estimate.packed[c]));
	json_object_set_new(object, "codecs", codecs);
	json_put_number(object, "memory_bytes", run->estimate.buffer_bytes);
	json_put_number(object, "memory_allowed_bytes", job->memory_allowed);
	if (request->mode != LD_MODE_LIVE)
		json_object_set_new(object, "freeze", dry_run_freeze(run));
	json_put_text(object, "target", run->fit.output->where);
	if (run->fit.length != UINT64_MAX)
		json_put_number(object, "max_file_bytes", run->fit.length);
	if (run->fit.bytes != UINT64_MAX) {
		json_put_number(object, "available_bytes", run->fit.bytes);
		json_put_number(object, "minfree_bytes", run->fit.output->store.minfree);
	}
	if (run->rotates)
		json_object_set_new(object, "rotation", dry_run_rotation(run));
	json_put_bool(object, "fits", run->fits_target && run->fits_memory && run->fits_pause);
	return object;
}
