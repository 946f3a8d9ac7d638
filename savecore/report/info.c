// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * info.c - the text that goes with a dump. The first keys are those that
 * FreeBSD's savecore(8) writes; programs that read them find them here.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "info.h"

#define VALUE_MAX	512

static const char mode_key[] = "Mode: ";

void info_escape(char *buf, size_t size, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	size_t at = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= ' ' && c < 0x7f && c != '\\') {
			if (at + 1 >= size)
				break;
			buf[at++] = (char)c;
		} else {
			if (at + 4 >= size)
				break;
			buf[at++] = '\\';
			buf[at++] = 'x';
			buf[at++] = hex[c >> 4];
			buf[at++] = hex[c & 15];
		}
	}
	buf[at] = '\0';
}

__attribute__((format(printf, 3, 4)))
static void put(FILE *f, const char *key, const char *fmt, ...)
{
	char raw[VALUE_MAX], value[4 * VALUE_MAX + 1];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	info_escape(value, sizeof(value), raw);
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

static void put_time(FILE *f, const char *key, const struct timespec *ts)
{
	char text[64];

	info_time(text, sizeof(text), ts);
	put(f, key, "%s", text);
}

static void put_seconds(FILE *f, const char *key, u64 from, u64 to)
{
	u64 ms = from && to > from ? (to - from) / 1000000 : 0;

	put(f, key, "%" PRIu64 ".%03" PRIu64 " s", ms / 1000, ms % 1000);
}

static void put_us(FILE *f, const char *key, u64 ns)
{
	put(f, key, "%" PRIu64 ".%06" PRIu64 " s", ns / 1000000000, ns / 1000 % 1000000);
}

static void put_codec(FILE *f, const struct info *in)
{
	if (in->codec->level_min == in->codec->level_max)
		put(f, "Compression", "%s", in->codec->name);
	else
		put(f, "Compression", "%s:%d", in->codec->name, in->codec_level);
}

static const char *magic(const struct info *in)
{
	return in->format->compresses ? "KDUMP" : "ELF";
}

static void put_header(FILE *f, const struct info *in)
{
	const struct ld_stats *st = in->stats;
	const struct ld_system *sys = in->system;

	put(f, "Dump header from device", "%s", in->device);
	put(f, "Architecture", "%s", sys->uts[4]);
	put(f, "Dump Length", "%" PRIu64, st->file_bytes);
	put(f, "Blocksize", "%zu", in->page_size);
	put_codec(f, in);
	put_time(f, "Dumptime", &in->start);
	put(f, "Hostname", "%s", sys->uts[1]);
	put(f, "Magic", "%s", magic(in));
	put(f, "Version String", "%s %s %s", sys->uts[0], sys->uts[2], sys->uts[3]);
	put(f, "Panic String", "none, the system was running");
	put(f, "Bounds", "%" PRIu64, in->slot);
	put(f, "Dump Status", "%s", st->incomplete ? "partial" : "good");
}

static void put_pages(FILE *f, enum ld_mode mode, const struct ld_stats *st)
{
	char key[64];

	put(f, "Pages", "%" PRIu64, st->frames);
	for (unsigned int i = 0; i < LD_NR_TYPES; i++) {
		snprintf(key, sizeof(key), "Pages %s", ld_page_type_name(i));
		put(f, key, "%" PRIu64, st->frames_by_type[i]);
	}
	put(f, "Pages in Dump", "%" PRIu64, st->kept);
	put(f, "Pages of Zeros", "%" PRIu64, st->zero);
	put(f, "Pages Read Ahead", "%" PRIu64, mode == LD_MODE_LIVE ? st->buffered : 0);
	put(f, "Pages Frozen", "%" PRIu64, mode == LD_MODE_LIVE ? 0 : st->buffered);
	put(f, "Pages Streamed", "%" PRIu64, st->streamed);
	put(f, "Pages Unreadable", "%" PRIu64, st->unreadable);
	put(f, "Pages Reclassified and Dropped", "%" PRIu64, st->reclassified_dropped);
	put(f, "Pages Reclassified and Kept", "%" PRIu64, st->reclassified_kept);
	put(f, "Pages Blanked", "%" PRIu64, st->blanked);
}

const char *info_verdict(enum ld_mode mode, const struct ld_stats *st)
{
	static const char *const verdicts[LD_NR_MODES] = {
		[LD_MODE_LIVE] = "live",
		[LD_MODE_FREEZE] = "point-in-time",
		[LD_MODE_FREEZE_KERNEL] = "kernel point-in-time",
	};

	return st->incomplete ? "partial" : verdicts[mode];
}

const char *info_cause(const struct info *in)
{
	return in->cause ? in->cause : strerror(-in->stats->cause);
}

int info_build(const struct info *in, char **text, size_t *len)
{
	const struct ld_stats *st = in->stats;
	bool bad;
	FILE *f;

	f = open_memstream(text, len);
	if (!f)
		return -errno;
	put_header(f, in);
	put(f, "Kernel Release", "%s", in->system->uts[2]);
	put(f, "Kernel Version", "%s", in->system->uts[3]);
	put(f, "CPUs Online", "%u", in->system->nr_cpus);
	put(f, "Engine", "%s (%s)", in->engine, in->engine_why);
	fprintf(f, "%s%s\n", mode_key, ld_mode_name(in->mode));
	put(f, "Dump Level", "%u", in->level);
	put(f, "Format", "%s", in->format->name);
	put(f, "Threads", "%u", in->workers);
	if (in->rate)
		put(f, "Rate Limit", "%" PRIu64 " bytes/s", in->rate);
	put_time(f, "Start Time", &in->start);
	put_time(f, "End Time", &in->end);
	put_seconds(f, "Plan Duration", st->start_ns, st->read_ns);
	put_seconds(f, "Read Duration", st->read_ns, st->write_ns);
	put_seconds(f, "Write Duration", st->write_ns, st->end_ns);
	put_us(f, "Pause", st->pause_ns);
	if (in->mode != LD_MODE_LIVE)
		put_us(f, "Pause Estimated", st->pause_estimate_ns);
	put_pages(f, in->mode, st);
	put(f, "Page Buffer", "%" PRIu64, st->buffer_bytes);
	if (in->kernel_memory)
		put(f, "Kernel Memory", "%" PRIu64, in->kernel_memory);
	put(f, "Size of Pages", "%" PRIu64, st->raw_bytes);
	put(f, "Size of Data", "%" PRIu64, st->data_bytes);
	if (st->incomplete)
		put(f, "Cut Short by", "%s", info_cause(in));
	put(f, "Verdict", "%s", info_verdict(in->mode, st));
	put(f, "Verified", "%s", in->verified ? "yes" : "no (--no-verify)");
	bad = ferror(f);
	if (fclose(f) || bad) {
		free(*text);
		*text = NULL;
		return -ENOMEM;
	}
	return 0;
}

bool info_is_live(const char *text)
{
	while (strncmp(text, mode_key, sizeof(mode_key) - 1)) {
		text = strchr(text, '\n');
		if (!text)
			return false;
		text++;
	}
	text += sizeof(mode_key) - 1;
	for (enum ld_mode mode = 0; mode < LD_NR_MODES; mode++) {
		const char *name = ld_mode_name(mode);

		if (!strncmp(text, name, strlen(name)) && text[strlen(name)] == '\n')
			return true;
	}
	return false;
}
