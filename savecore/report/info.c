// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * info.c - the text of info.N. The first keys are the ones that FreeBSD's
 * savecore(8) writes, for programs that read those.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "info.h"
#include "savecore/dumps/infofile.h"
#include "savecore/verify/verify.h"

#define VALUE_MAX	512

__attribute__((format(printf, 3, 4)))
static void info_put(FILE *f, const char *key, const char *fmt, ...)
{
	char raw[VALUE_MAX], value[4 * VALUE_MAX + 1];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	escape_text(value, sizeof(value), raw);
	fprintf(f, "%s: %s\n", key, value);
}

void info_time(char *buf, size_t size, const struct timespec *ts)
{
	char day[32], zone[16];
	struct tm tm;

	if (!localtime_r(&ts->tv_sec, &tm))
		memset(&tm, 0, sizeof(tm));
	strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(buf, size, "%s.%03ld %s", day, ts->tv_nsec / 1000000, zone);
}

static void info_put_time(FILE *f, const char *key, const struct timespec *ts)
{
	char text[64];

	info_time(text, sizeof(text), ts);
	info_put(f, key, "%s", text);
}

static void info_put_seconds(FILE *f, const char *key, u64 from, u64 to)
{
	u64 ms = from && to > from ? (to - from) / 1000000 : 0;

	info_put(f, key, "%" PRIu64 ".%03" PRIu64 " s", ms / 1000, ms % 1000);
}

static void info_put_us(FILE *f, const char *key, u64 ns)
{
	info_put(f, key, "%" PRIu64 ".%06" PRIu64 " s", ns / 1000000000, ns / 1000 % 1000000);
}

static void info_put_codec(FILE *f, const struct dump_request *request)
{
	if (request->codec->level_min == request->codec->level_max)
		info_put(f, "Compression", "%s", request->codec->name);
	else
		info_put(f, "Compression", "%s:%d", request->codec->name, request->codec_level);
}

static void info_put_header(FILE *f, const struct info *in)
{
	const struct ld_system *sys = in->system;

	info_put(f, "Dump header from device", "%s", in->engine.device);
	info_put(f, "Architecture", "%s", sys->uts[4]);
	info_put(f, "Dump Length", "%" PRIu64, in->result->bytes.file);
	info_put(f, "Blocksize", "%zu", in->page_size);
	info_put_codec(f, in->request);
	info_put_time(f, "Dumptime", &in->start);
	info_put(f, "Hostname", "%s", sys->uts[1]);
	info_put(f, "Magic", "%s", in->request->format->compresses ? "KDUMP" : "ELF");
	info_put(f, "Version String", "%s %s %s", sys->uts[0], sys->uts[2], sys->uts[3]);
	info_put(f, "Panic String", "none, the system was running");
	info_put(f, "Bounds", "%" PRIu64, in->slot);
	info_put(f, INFOFILE_STATUS, "%s",
		 in->result->end.incomplete ? INFOFILE_PARTIAL : INFOFILE_GOOD);
}

static void info_put_request(FILE *f, const struct info *in)
{
	const struct dump_request *request = in->request;

	info_put(f, "Engine", "%s (%s)", in->engine.name, in->engine.why);
	info_put(f, INFOFILE_MODE, "%s", ld_mode_name(request->mode));
	if (in->mode_why)
		info_put(f, "Mode Reason", "%s", in->mode_why);
	info_put(f, "Dump Level", "%u", request->level);
	info_put(f, "Format", "%s", request->format->name);
	info_put(f, "Threads", "%u", in->result->workers);
	if (in->crash_kernel)
		info_put(f, "Crash Kernel", "in the dump (CAP_SYS_ADMIN is missing)");
	if (request->rate)
		info_put(f, "Rate Limit", "%" PRIu64 " bytes/s", request->rate);
}

/* Its lines are like those of this file. */
static void info_put_reason(FILE *f, const struct info *in)
{
	const struct dump_reason *reason = &in->request->reason;

	if (!reason->size)
		return;
	fwrite(reason->text, 1, reason->size, f);
	if (in->no_reason)
		info_put(f, "Reason in Dump", "no (the module is too old)");
}

static void info_put_times(FILE *f, const struct info *in)
{
	const struct dump_times *times = &in->result->times;

	info_put_time(f, "Start Time", &in->start);
	info_put_time(f, "End Time", &in->end);
	info_put_seconds(f, "Plan Duration", times->start, times->read);
	info_put_seconds(f, "Read Duration", times->read, times->write);
	info_put_seconds(f, "Write Duration", times->write, times->end);
	info_put_us(f, "Pause", times->pause);
	if (in->request->mode != LD_MODE_LIVE)
		info_put_us(f, "Pause Estimated", times->pause_estimate);
	if (in->request->mode == LD_MODE_PRECOPY)
		info_put_us(f, "Pauses Given Up", in->result->precopy.given_up_ns);
}

static void info_put_numbers(FILE *f, const struct info *in)
{
	const struct dump_pages *pages = &in->result->pages;
	bool live = in->request->mode == LD_MODE_LIVE;
	char key[64];

	info_put(f, "Pages", "%" PRIu64, pages->frames);
	for (enum ld_page_type type = 0; type < LD_NR_TYPES; type++) {
		snprintf(key, sizeof(key), "Pages %s", ld_page_type_name(type));
		info_put(f, key, "%" PRIu64, pages->frames_by_type[type]);
	}
	info_put(f, "Pages Read Ahead", "%" PRIu64, live ? pages->buffered : 0);
	info_put(f, "Pages Frozen", "%" PRIu64, live ? 0 : pages->buffered);
	for (const struct dump_field *field = dump_fields; field->abi; field++)
		if (field->label)
			info_put(f, field->label, "%" PRIu64, dump_field_value(field, in->result));
	for (enum ld_page_type type = 0; type < LD_NR_TYPES; type++) {
		if (!pages->unseen_by_type[type])
			continue;
		snprintf(key, sizeof(key), "Pages Written by Devices, %s", ld_page_type_name(type));
		info_put(f, key, "%" PRIu64, pages->unseen_by_type[type]);
	}
	if (in->result->bytes.kernel)
		info_put(f, "Kernel Memory", "%" PRIu64, in->result->bytes.kernel);
}

const char *info_verdict(enum ld_mode mode, bool incomplete)
{
	return incomplete ? "partial" : ld_mode_verdict(mode);
}

enum ld_mode info_mode_shown(const struct info *in)
{
	const struct dump_pages *pages = &in->result->pages;

	return ld_mode_shown(in->request->mode, pages->streamed + pages->blanked);
}

const char *info_verdict_of(const struct info *in)
{
	bool incomplete = in->result->end.incomplete;

	if (!incomplete && in->lists && in->lists->torn)
		return "live, torn";
	return info_verdict(info_mode_shown(in), incomplete);
}

void info_verdict_text(char *buf, size_t size, const struct info *in)
{
	enum ld_mode mode = info_mode_shown(in);

	if (in->result->end.incomplete || mode == LD_MODE_LIVE)
		snprintf(buf, size, "%s", info_verdict_of(in));
	else
		verify_verdict(buf, size, mode, in->result->pages.unchecked ?
			       VERIFY_UNKNOWN : in->result->pages.unseen);
}

const char *info_cause(const struct info *in)
{
	return in->cause ? in->cause : strerror(-in->result->end.err);
}

int info_build(const struct info *in, char **text, size_t *len)
{
	const struct dump_end *end = &in->result->end;
	char verdict[80];
	bool bad;
	FILE *f;

	f = open_memstream(text, len);
	if (!f)
		return -errno;
	info_put_header(f, in);
	info_put(f, "Kernel Release", "%s", in->system->uts[2]);
	info_put(f, "Kernel Version", "%s", in->system->uts[3]);
	info_put(f, "CPUs Online", "%u", in->system->nr_cpus);
	info_put_request(f, in);
	info_put_reason(f, in);
	info_put_times(f, in);
	info_put_numbers(f, in);
	if (end->incomplete)
		info_put(f, "Cut Short by", "%s", info_cause(in));
	if (end->incomplete)
		info_put(f, "Cause", "%s", ld_cause_name(end->cause));
	if (in->lists && in->lists->text[0])
		info_put(f, "Lists", "%s", in->lists->text);
	info_verdict_text(verdict, sizeof(verdict), in);
	info_put(f, "Verdict", "%s", verdict);
	if (in->verified)
		info_put(f, "Verified", "yes");
	else
		info_put(f, "Verified", "no (%s)", in->unverified ? in->unverified : "--no-verify");
	bad = ferror(f);
	if (fclose(f) || bad) {
		free(*text);
		*text = NULL;
		return -ENOMEM;
	}
	return 0;
}
