// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * live_publish.c - give a live dump its name, and tell of it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "live.h"
#include "savecore/json/json.h"
#include "savecore/report/info.h"
#include "savecore/report/report.h"

#define PUBLISH_TRIES	100

/* A directory and the name of a dump in it. */
#define FILE_MAX	(PATH_MAX + 32)

static struct info live_info(const struct live *live)
{
	return (struct info){
		.request = &live->request,
		.result = &live->job.result,
		.system = live->job.source.system,
		.engine = {
			.name = live->choice.engine->name,
			.why = live->choice.why,
			.device = live->job.source.device,
		},
		.mode_why = live->kind.why[0] ? live->kind.why : NULL,
		.page_size = live->job.source.page_size,
		.cause = live->outcome.cause[0] ? live->outcome.cause : NULL,
		.start = live->outcome.start,
		.end = live->outcome.end,
		.slot = live->output.store.slot,
		.lists = &live->job.lists,
		.no_reason = live->job.no_reason,
		.crash_kernel = live->job.crash_kernel,
		.verified = live->outcome.verdict.kind == VERDICT_GOOD,
		.unverified = live->outcome.interrupted ? "interrupted" :
			      verdict_doubt(&live->outcome.verdict),
	};
}

int live_exit_status(const struct live *live)
{
	return live->outcome.signal ? 128 + live->outcome.signal : EXIT_FAILURE;
}

/* What is wrong with the dump that is kept, if anything. Returns 0 or a negative errno. */
static int live_explain_end(const struct live *live, const struct info *info, struct error *err)
{
	const struct dump_end *end = &info->result->end;
	int ret = verdict_explain(&live->outcome.verdict, err);

	if (end->incomplete) {
		explain_partial(err, end, info_cause(info));
		if (live->output.kind != OUTPUT_STREAM)
			error_of_no_stream(err);
		return end->err;
	}
	if (live->outcome.interrupted) {
		error_set_code(err, ERROR_INTERRUPTED, "%s: the dump is complete and was kept, but not verified\nuse --verify",
			       strsignal(live->outcome.signal));
		return -ECANCELED;
	}
	return ret;
}

/* The report of the dump. Unless something fails from now on, it is the last word. */
static json_t *live_json(const struct live *live, const struct info *info, const char *file)
{
	json_t *report = json_of_info(info, file);
	struct error err = { 0 };
	int ret = live_explain_end(live, info, &err);

	if (ret) {
		error_classify(&err, ret);
		json_put_end(report, live_exit_status(live), &err);
	}
	return report;
}

/* Text and, with --json, JSON to store with the dump. The caller frees both. */
static int live_build_texts(const struct live *live, char **text, char **json)
{
	struct info info = live_info(live);
	char file[FILE_MAX];
	size_t len;
	int ret;

	*json = NULL;
	ret = info_build(&info, text, &len);
	if (ret || !live->opt->target.json)
		return ret;
	output_dump_name(&live->output, file, sizeof(file));
	*json = json_text(live_json(live, &info, file));
	if (*json)
		return 0;
	free(*text);
	return -ENOMEM;
}

/* If another program takes the number first, try the next one. */
static int live_publish_slot(struct live *live, struct error *err)
{
	struct store *store = &live->output.store;
	int ret = -EEXIST;

	for (int i = 0; i < PUBLISH_TRIES && ret == -EEXIST; i++) {
		char *text, *json;

		ret = store_pick(store, err);
		if (ret)
			return ret;
		ret = live_build_texts(live, &text, &json);
		if (ret) {
			error_set(err, "not enough memory\nend other programs and run savecore again");
			return ret;
		}
		ret = store_publish(store, &live->output.temp, text, json, err);
		free(text);
		free(json);
	}
	if (ret == -EEXIST)
		error_set_code(err, ERROR_BUSY,
			       "%s: another program took every number\nuse a directory that only savecore writes to",
			       live->output.where);
	return ret;
}

static void live_report(const struct live *live)
{
	FILE *f = live->output.on_stdout ? say_err() : say_out();
	struct info info = live_info(live);
	char file[FILE_MAX];

	output_dump_name(&live->output, file, sizeof(file));
	if (live->opt->target.json)
		reply_report(live->reply, live_json(live, &info, file));
	else
		report_line(&info, file, f);
	snprintf(live->reply->done, sizeof(live->reply->done), "the dump was kept as %.300s", file);
	if (!live->opt->verbose)
		return;
	if (info.verified)
		verify_say_time(&live->outcome.verdict.report);
	report_details(&info);
}

int live_publish(struct live *live, struct error *err)
{
	const struct info info = live_info(live);
	bool whole = !info.result->end.incomplete &&
		     live->outcome.verdict.kind != VERDICT_UNREADABLE;
	int ret, end;

	if (live->output.kind == OUTPUT_SLOT)
		ret = live_publish_slot(live, err);
	else
		ret = output_publish(&live->output, err);
	if (ret && !live->output.stored)
		return ret;
	/* A dump that is partial or cannot be read does not replace a good one. */
	if (live->output.kind == OUTPUT_SLOT)
		ret = store_finish(&live->output.store, whole ? &live->opt->target.keep : NULL,
				   err);
	verdict_say(&live->outcome.verdict);
	live_report(live);
	live_tell_reason(live);
	live_why_tell(live);
	reply_warn(live->reply, &live->output.store);
	end = live_explain_end(live, &info, err);
	return end ? end : ret;
}
