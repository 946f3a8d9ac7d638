// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * json.c - what is reported, for programs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

/* Says who has written the object. */
static const char program[] = "savecore (livedump) " LIVEDUMP_VERSION;
#define PROGRAM_LEN	(sizeof("savecore (livedump)") - 1)

/* Longer ones are cut, as in info.N. */
#define TEXT_MAX	512

static void put_number(json_t *object, const char *key, u64 value)
{
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void put_bool(json_t *object, const char *key, bool value)
{
	json_object_set_new(object, key, json_boolean(value));
}

/* What is no UTF-8 is written as in info.N. */
static void put_text(json_t *object, const char *key, const char *text)
{
	char escaped[4 * TEXT_MAX + 1];
	json_t *string = json_string(text);

	if (!string) {
		info_escape(escaped, sizeof(escaped), text);
		string = json_string(escaped);
	}
	json_object_set_new(object, key, string);
}

static void put_us(json_t *object, const char *key, u64 from, u64 to)
{
	put_number(object, key, from && to > from ? (to - from) / 1000 : 0);
}

/*
 * The seed of the library's hash, which it would else look for in a file:
 * the keys are those of this program.
 */
static json_t *new_object(void)
{
	json_object_seed(1);
	return json_object();
}

static json_t *types(const struct dump_pages *pages)
{
	json_t *object = new_object();

	for (unsigned int i = 0; i < LD_NR_TYPES; i++)
		put_number(object, ld_page_type_name(i), pages->frames_by_type[i]);
	return object;
}

static json_t *codec(const struct dry_run *run, const struct ld_packed *packed)
{
	json_t *object = new_object();

	put_text(object, "codec", packed->codec->name);
	json_object_set_new(object, "level", json_integer(packed->level));
	put_bool(object, "chosen", packed->codec == run->fit.job->request->codec);
	put_number(object, "file_bytes", packed->file_bytes);
	put_number(object, "disk_bytes", packed->disk_bytes);
	put_number(object, "error_bytes", packed->error);
	put_number(object, "time_us", packed->time_ns / 1000);
	if (run->available_known)
		put_bool(object, "fits", fit_holds(packed, run->fit.bytes));
	return object;
}

static json_t *freeze(const struct dry_run *run)
{
	json_t *object = new_object();

	put_number(object, "pause_us", run->fit.job->result.times.pause_estimate / 1000);
	put_number(object, "max_pause_us", run->fit.job->request->max_pause_ns / 1000);
	put_bool(object, "pause_fits", run->fits_pause);
	put_number(object, "memory_bytes", run->fit.job->result.bytes.needed);
	put_bool(object, "memory_fits", run->fits_memory);
	return object;
}

json_t *json_of_dry_run(const struct dry_run *run)
{
	const struct engine_job *job = run->fit.job;
	const struct dump_result *r = &job->result;
	const struct dump_request *request = job->request;
	json_t *object = new_object(), *codecs;

	put_text(object, "program", program);
	put_bool(object, "dry_run", true);
	put_text(object, "engine", run->fit.engine->name);
	put_text(object, "engine_why", run->why);
	put_text(object, "device", job->source.device);
	put_number(object, "threads", job->workers);
	put_text(object, "mode", ld_mode_name(request->mode));
	put_number(object, "dump_level", request->level);
	put_text(object, "format", request->format->name);
	put_number(object, "page_size", job->source.page_size);
	put_number(object, "pages", r->pages.frames);
	json_object_set_new(object, "pages_by_type", types(&r->pages));
	put_number(object, "pages_kept", r->pages.kept);
	put_number(object, "pages_of_zeros", r->pages.zero);
	put_number(object, "read_bytes", r->bytes.raw);
	put_number(object, "pages_sampled", run->estimate.sampled);
	codecs = json_array();
	for (unsigned int c = 0; c < LD_NR_CODECS; c++)
		if (run->estimate.packed[c].codec)
			json_array_append_new(codecs, codec(run, &run->estimate.packed[c]));
	json_object_set_new(object, "codecs", codecs);
	put_number(object, "memory_bytes", run->estimate.buffer_bytes);
	put_number(object, "memory_allowed_bytes", job->memory_allowed);
	if (request->mode != LD_MODE_LIVE)
		json_object_set_new(object, "freeze", freeze(run));
	put_text(object, "target", run->fit.output->where);
	if (run->available_known) {
		put_number(object, "available_bytes", run->fit.bytes);
		put_number(object, "minfree_bytes", run->fit.output->store.minfree);
	}
	put_bool(object, "fits", run->fits_target && run->fits_memory && run->fits_pause);
	return object;
}

static void put_system(json_t *object, const struct ld_system *sys)
{
	put_text(object, "hostname", sys->uts[1]);
	put_text(object, "kernel_release", sys->uts[2]);
	put_text(object, "kernel_version", sys->uts[3]);
	put_text(object, "architecture", sys->uts[4]);
	put_number(object, "cpus", sys->nr_cpus);
}

static void put_time(json_t *object, const char *key, const struct timespec *ts)
{
	char text[64];

	info_time(text, sizeof(text), ts);
	put_text(object, key, text);
}

static void put_numbers(json_t *object, const struct info *in)
{
	const struct dump_pages *pages = &in->result->pages;
	bool live = in->request->mode == LD_MODE_LIVE;

	put_number(object, "page_size", in->page_size);
	json_object_set_new(object, "pages_by_type", types(pages));
	put_number(object, "pages_read_ahead", live ? pages->buffered : 0);
	put_number(object, "pages_frozen", live ? 0 : pages->buffered);
	for (const struct dump_field *field = dump_fields; field->abi; field++)
		if (field->key)
			put_number(object, field->key, dump_field_value(field, in->result));
}

static void put_request(json_t *object, const struct info *in)
{
	const struct dump_request *request = in->request;

	put_text(object, "engine", in->engine.name);
	put_text(object, "engine_why", in->engine.why);
	put_text(object, "device", in->engine.device);
	put_number(object, "threads", in->result->workers);
	put_text(object, "mode", ld_mode_name(request->mode));
	put_number(object, "dump_level", request->level);
	put_text(object, "format", request->format->name);
	put_text(object, "codec", request->codec->name);
	json_object_set_new(object, "codec_level", json_integer(request->codec_level));
}

json_t *json_of_info(const struct info *in, const char *file)
{
	const struct dump_times *times = &in->result->times;
	const struct dump_end *end = &in->result->end;
	json_t *object = new_object();

	put_text(object, "program", program);
	put_bool(object, "dry_run", false);
	put_text(object, "file", file);
	put_text(object, "verdict", info_verdict(in->request->mode, end->incomplete));
	put_bool(object, "complete", !end->incomplete);
	if (end->incomplete) {
		put_text(object, "cut_short_by", info_cause(in));
		put_text(object, "cause", ld_cause_name(end->cause));
		put_text(object, "stage", ld_stage_name(end->stage));
	}
	put_bool(object, "verified", in->verified);
	put_system(object, in->system);
	put_request(object, in);
	put_time(object, "start", &in->start);
	put_time(object, "end", &in->end);
	put_us(object, "plan_us", times->start, times->read);
	put_us(object, "read_us", times->read, times->write);
	put_us(object, "write_us", times->write, times->end);
	put_number(object, "pause_us", times->pause / 1000);
	put_number(object, "pause_estimate_us", times->pause_estimate / 1000);
	put_numbers(object, in);
	return object;
}

bool json_is_live(const char *text)
{
	json_t *object;
	const char *by;
	bool ours;

	json_object_seed(1);
	object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	by = json_string_value(json_object_get(object, "program"));
	ours = by && !strncmp(by, program, PROGRAM_LEN) &&
	       json_is_false(json_object_get(object, "dry_run"));
	json_decref(object);
	return ours;
}

char *json_text(json_t *object)
{
	char *text = object ? json_dumps(object, JSON_INDENT(1)) : NULL;

	json_decref(object);
	return text;
}

int json_print(json_t *object, FILE *f)
{
	char *text = json_text(object);

	if (!text)
		return -ENOMEM;
	/* Who flushes finds out that it could not be written. */
	fputs(text, f);
	fputc('\n', f);
	free(text);
	return 0;
}
