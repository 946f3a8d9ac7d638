// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * report.c - what savecore prints about a dump that it took. info.N has the
 * same, and more.
 */
#include <inttypes.h>

#include "base/escape.h"
#include "base/numbers.h"
#include "base/say.h"
#include "report.h"

void report_engine(const struct engine_choice *choice, const struct engine_job *job,
		   const struct report_denied *denied, const char *where)
{
	struct escaped name;
	char size[32];

	fprintf(say_err(), "savecore: engine %s (%s), ", choice->engine->name, choice->why);
	if (choice->engine == &engine_kcore)
		fprintf(say_err(), "%u threads, ", job->workers);
	if (job->request->mode == LD_MODE_LIVE) {
		number_format_size(size, sizeof(size), job->request->memory);
		fprintf(say_err(), "up to %s of memory, ", size);
		if (denied->memory)
			fprintf(say_err(), "no more because of memory.oom.group, ");
	}
	if (denied->boost)
		fprintf(say_err(), "no boost because of %s, ", denied->boost);
	fprintf(say_err(), "to %s\n", escape_name(&name, where));
}

void report_line(const struct info *info, const char *file, FILE *f)
{
	const struct dump_pages *pages = &info->result->pages;
	const struct dump_times *times = &info->result->times;
	u64 ms = (times->end - times->start) / 1000000;
	struct escaped name;
	char size[32], missing[40] = "";

	number_format_size(size, sizeof(size), info->result->bytes.file);
	if (info->result->end.incomplete)
		snprintf(missing, sizeof(missing), ", %" PRIu64 " missing", pages->missing);
	fprintf(f, "%s: %s, %" PRIu64 " pages of %zu KiB%s in %" PRIu64 ".%02" PRIu64 " s, engine %s (%s)",
		escape_name(&name, file), size, pages->kept, info->page_size >> 10, missing,
		ms / 1000,
		ms % 1000 / 10, info->engine.name, info->engine.why);
	if (info->mode_why)
		fprintf(f, ", %s (%s)", ld_mode_verdict(info_mode_shown(info)), info->mode_why);
	fputc('\n', f);
}

static void report_precopy(const struct info *info)
{
	const struct dump_precopy *precopy = &info->result->precopy;
	const struct dump_pages *pages = &info->result->pages;

	if (precopy->rounds)
		fprintf(say_err(),
			"savecore: %12" PRIu64 " pages copied in the pause, %" PRIu64 " always, after %"
			PRIu64 " rounds\n", pages->paused, pages->always, precopy->rounds);
	if (precopy->pauses > 1)
		fprintf(say_err(), "savecore: %12" PRIu64 " pauses given up, %" PRIu64 " us together\n",
			precopy->pauses - 1, precopy->given_up_ns / 1000);
}

static void report_consistency(const struct info *info)
{
	const struct dump_pages *pages = &info->result->pages;
	const struct dump_times *times = &info->result->times;
	bool live = info->request->mode == LD_MODE_LIVE;
	char start[64], end[64], verdict[80];

	info_verdict_text(verdict, sizeof(verdict), info);
	info_time(start, sizeof(start), &info->start);
	info_time(end, sizeof(end), &info->end);
	fprintf(say_err(), "savecore: verdict: %s, started %s, ended %s\n",
		verdict, start, end);
	if (info->lists && info->lists->text[0])
		fprintf(say_err(), "savecore: lists: %s\n", info->lists->text);
	report_precopy(info);
	if (!live)
		fprintf(say_err(), "savecore: the system was paused for %" PRIu64 " us, %" PRIu64 " us estimated\n",
			times->pause / 1000, times->pause_estimate / 1000);
	fprintf(say_err(), "savecore: %12" PRIu64 " pages %s, %" PRIu64 " streamed, %" PRIu64 " unreadable\n",
		pages->buffered, live ? "read ahead" : "frozen", pages->streamed,
		pages->unreadable);
	fprintf(say_err(), "savecore: %12" PRIu64 " pages reclassified and dropped, ",
		pages->reclassified_dropped);
	fprintf(say_err(), "%" PRIu64 " kept, %" PRIu64 " blanked\n", pages->reclassified_kept,
		pages->blanked);
	fprintf(say_err(), "savecore: %12" PRIu64 " pages withdrawn, %" PRIu64 " uncertain\n",
		pages->withdrawn, pages->uncertain);
}

void report_details(const struct info *info)
{
	char size[32];

	for (unsigned int i = 0; i < LD_NR_TYPES; i++)
		fprintf(say_err(), "savecore: %12" PRIu64 " pages %s\n",
			info->result->pages.frames_by_type[i], ld_page_type_name(i));
	report_consistency(info);
	if (!info->result->bytes.kernel)
		return;
	number_format_size(size, sizeof(size), info->result->bytes.kernel);
	fprintf(say_err(), "savecore: %u threads, %s of kernel memory\n", info->result->workers,
		size);
}
