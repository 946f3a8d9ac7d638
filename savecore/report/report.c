// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * report.c - what savecore says of a dump it has taken; info.N has the same,
 * and more.
 */
#include <inttypes.h>

#include "core/flow/filter.h"
#include "explain.h"
#include "report.h"

void report_line(const struct info *info, const char *file, FILE *f)
{
	const struct ld_stats *st = info->stats;
	u64 ms = (st->end_ns - st->start_ns) / 1000000;
	char size[32];

	format_size(size, sizeof(size), st->file_bytes);
	fprintf(f, "%s: %s, %" PRIu64 " pages of %zu KiB in %" PRIu64 ".%02" PRIu64 " s, engine %s (%s)\n",
		file, size, st->kept, info->page_size >> 10, ms / 1000, ms % 1000 / 10,
		info->engine, info->engine_why);
}

static void report_consistency(const struct info *info)
{
	const struct ld_stats *st = info->stats;
	bool live = info->mode == LD_MODE_LIVE;
	char start[64], end[64];

	info_time(start, sizeof(start), &info->start);
	info_time(end, sizeof(end), &info->end);
	fprintf(stderr, "savecore: verdict: %s, begun %s, ended %s\n",
		info_verdict(info->mode, st), start, end);
	if (!live)
		fprintf(stderr, "savecore: stood still for %" PRIu64 " us, predicted were %" PRIu64 "\n",
			st->pause_ns / 1000, st->pause_estimate_ns / 1000);
	fprintf(stderr, "savecore: %12" PRIu64 " pages %s, %" PRIu64 " streamed, %" PRIu64 " unreadable\n",
		st->buffered, live ? "read ahead" : "frozen", st->streamed, st->unreadable);
	fprintf(stderr, "savecore: %12" PRIu64 " pages reclassified and dropped, ",
		st->reclassified_dropped);
	fprintf(stderr, "%" PRIu64 " kept, %" PRIu64 " blanked\n", st->reclassified_kept,
		st->blanked);
}

void report_details(const struct info *info)
{
	char size[32];

	for (unsigned int i = 0; i < LD_NR_TYPES; i++)
		fprintf(stderr, "savecore: %12" PRIu64 " pages %s\n",
			info->stats->frames_by_type[i], ld_page_type_name(i));
	report_consistency(info);
	if (!info->kernel_memory)
		return;
	format_size(size, sizeof(size), info->kernel_memory);
	fprintf(stderr, "savecore: %u threads, %s of kernel memory\n", info->workers, size);
}
