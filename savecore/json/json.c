// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * json.c - reports as JSON.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "json.h"
#include "savecore/dumps/infofile.h"

/* Longer strings are truncated, as in info.N. */
#define TEXT_MAX	512

void json_put_number(json_t *object, const char *key, u64 value)
{
	if (value > JSON_NUMBER_MAX)
		value = JSON_NUMBER_MAX;
	json_object_set_new(object, key, json_integer((json_int_t)value));
}

void json_put_bool(json_t *object, const char *key, bool value)
{
	json_object_set_new(object, key, json_boolean(value));
}

/* Text that is not valid UTF-8 is escaped as in info.N. */
void json_put_text(json_t *object, const char *key, const char *text)
{
	char escaped[4 * TEXT_MAX + 1];
	json_t *string = json_string(text);

	if (!string) {
		escape_text(escaped, sizeof(escaped), text);
		string = json_string(escaped);
	}
	json_object_set_new(object, key, string);
}

static void json_put_us(json_t *object, const char *key, u64 from, u64 to)
{
	json_put_number(object, key, from && to > from ? (to - from) / 1000 : 0);
}

/*
 * Set a fixed seed for jansson's hash tables. Otherwise jansson reads one from
 * /dev/urandom, which the sandbox forbids. All keys are constants, so that the
 * seed needs not be random.
 */
json_t *json_new(void)
{
	json_object_seed(1);
	return json_object();
}

json_t *json_report(const char *command)
{
	json_t *object = json_new();

	json_put_number(object, "schema_version", JSON_SCHEMA);
	json_put_text(object, "program", INFOFILE_PROGRAM " " LIVEDUMP_VERSION);
	json_put_text(object, "command", command);
	json_put_number(object, "exit_status", 0);
	return object;
}

static json_t *json_of_error(const struct error *err)
{
	json_t *object = json_new();
	struct error message = *err;

	/* The hint follows ": ". */
	if (err->hint > 2)
		message.text[err->hint - 2] = '\0';
	json_put_text(object, "code", error_code_name(err->code));
	json_put_text(object, "message", message.text);
	if (err->hint)
		json_put_text(object, "hint", err->text + err->hint);
	return object;
}

void json_put_end(json_t *object, int status, const struct error *err)
{
	json_put_number(object, "exit_status", (u64)status);
	if (status)
		json_object_set_new(object, "error", json_of_error(err));
}

json_t *json_of_types(const struct dump_pages *pages)
{
	json_t *object = json_new();

	for (unsigned int i = 0; i < LD_NR_TYPES; i++)
		json_put_number(object, ld_page_type_name(i), pages->frames_by_type[i]);
	return object;
}

static void json_put_system(json_t *object, const struct ld_system *sys)
{
	json_put_text(object, "hostname", sys->uts[1]);
	json_put_text(object, "kernel_release", sys->uts[2]);
	json_put_text(object, "kernel_version", sys->uts[3]);
	json_put_text(object, "architecture", sys->uts[4]);
	json_put_number(object, "cpus", sys->nr_cpus);
}

static void json_put_time(json_t *object, const char *key, const struct timespec *ts)
{
	char text[64];

	info_time(text, sizeof(text), ts);
	json_put_text(object, key, text);
}

static void json_put_numbers(json_t *object, const struct info *in)
{
	const struct dump_pages *pages = &in->result->pages;
	bool live = in->request->mode == LD_MODE_LIVE;

	json_put_number(object, "page_size", in->page_size);
	json_object_set_new(object, "pages_by_type", json_of_types(pages));
	json_put_number(object, "pages_read_ahead", live ? pages->buffered : 0);
	json_put_number(object, "pages_frozen", live ? 0 : pages->buffered);
	for (const struct dump_field *field = dump_fields; field->abi; field++)
		if (field->key)
			json_put_number(object, field->key, dump_field_value(field, in->result));
}

static void json_put_request(json_t *object, const struct info *in)
{
	const struct dump_request *request = in->request;

	json_put_text(object, "engine", in->engine.name);
	json_put_text(object, "engine_why", in->engine.why);
	json_put_text(object, "device", in->engine.device);
	json_put_number(object, "threads", in->result->workers);
	json_put_text(object, "mode", ld_mode_name(request->mode));
	if (in->mode_why)
		json_put_text(object, "mode_why", in->mode_why);
	json_put_number(object, "dump_level", request->level);
	if (in->crash_kernel)
		json_put_bool(object, "crash_kernel_in_dump", true);
	json_put_text(object, "format", request->format->name);
	json_put_text(object, "codec", request->codec->name);
	json_object_set_new(object, "codec_level", json_integer(request->codec_level));
}

json_t *json_of_info(const struct info *in, const char *file)
{
	const struct dump_times *times = &in->result->times;
	const struct dump_end *end = &in->result->end;
	json_t *object = json_report("live");

	json_put_bool(object, "dry_run", false);
	json_put_text(object, "file", file);
	json_put_text(object, "verdict", info_verdict_of(in));
	if (in->lists && in->lists->text[0])
		json_put_text(object, "lists", in->lists->text);
	if (in->request->reason.size) {
		json_put_text(object, "reason", in->request->reason.text);
		json_put_bool(object, "reason_in_dump", !in->no_reason);
	}
	json_put_bool(object, "complete", !end->incomplete);
	if (end->incomplete) {
		json_put_text(object, "cut_short_by", info_cause(in));
		json_put_text(object, "cause", ld_cause_name(end->cause));
		json_put_text(object, "stage", ld_stage_name(end->stage));
	}
	json_put_bool(object, "verified", in->verified);
	json_put_system(object, in->system);
	json_put_request(object, in);
	json_put_time(object, "start", &in->start);
	json_put_time(object, "end", &in->end);
	/* Older modules do not say when the plan was complete. */
	json_put_us(object, "plan_us", times->start, times->planned ? times->planned : times->read);
	json_put_us(object, "allocate_us", times->planned, times->read);
	json_put_us(object, "read_us", times->read, times->write);
	json_put_us(object, "write_us", times->write, times->end);
	json_put_number(object, "pause_us", times->pause / 1000);
	json_put_number(object, "pause_estimate_us", times->pause_estimate / 1000);
	json_put_number(object, "pauses_given_up_us", in->result->precopy.given_up_ns / 1000);
	json_put_numbers(object, in);
	return object;
}

char *json_text(json_t *object)
{
	char *text = object ? json_dumps(object, JSON_INDENT(1) | JSON_ENSURE_ASCII) : NULL;

	json_decref(object);
	return text;
}

int json_print(json_t *object, FILE *f)
{
	char *text = json_text(object);

	if (!text)
		return -ENOMEM;
	/* A write error is found when the caller flushes @f. */
	fputs(text, f);
	fputc('\n', f);
	free(text);
	return 0;
}
