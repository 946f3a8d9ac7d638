// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fit.c - whether a dump would fit where it is to go.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "savecore/report/explain.h"
#include "fit.h"

const struct ld_packed *fit_packed(const struct ld_estimate *estimate,
				   const struct ld_codec_ops *codec)
{
	for (unsigned int c = 0; c < LD_NR_CODECS; c++)
		if (estimate->packed[c].codec == codec)
			return &estimate->packed[c];
	return NULL;
}

bool fit_holds(const struct ld_packed *packed, u64 bytes)
{
	return packed->disk_bytes + packed->error <= bytes;
}

bool fit_refuses(const struct ld_packed *packed, u64 bytes)
{
	u64 error = 2 * packed->error;

	return packed->disk_bytes > error && packed->disk_bytes - error > bytes;
}

/* The codec that fits: that of the options if it does, or else the quickest. */
static const struct ld_packed *find_codec(const struct fit *room,
					  const struct ld_estimate *estimate)
{
	const struct ld_packed *best = fit_packed(estimate, room->job->opt->codec);

	if (best && fit_holds(best, room->bytes))
		return best;
	best = NULL;
	for (unsigned int c = 0; c < LD_NR_CODECS; c++) {
		const struct ld_packed *packed = &estimate->packed[c];

		if (packed->codec && fit_holds(packed, room->bytes) &&
		    (!best || packed->time_ns < best->time_ns))
			best = packed;
	}
	return best;
}

/* "-d 31 -C lzo would take 4.1 MB; or ", or nothing. */
static void advise(const struct fit *room, const struct ld_estimate *estimate, char *buf,
		   size_t size)
{
	const struct options *opt = room->job->opt;
	const struct ld_packed *packed = find_codec(room, estimate);
	char level[16] = "", codec[32] = "", takes[32];
	struct ld_estimate least;

	buf[0] = '\0';
	if (!packed && opt->level < LD_LEVEL_MAX &&
	    !room->engine->estimate(room->state, room->job, LD_LEVEL_MAX, &least)) {
		packed = find_codec(room, &least);
		snprintf(level, sizeof(level), "-d %u ", LD_LEVEL_MAX);
	}
	if (!packed)
		return;
	if (packed->codec != opt->codec)
		snprintf(codec, sizeof(codec), "-C %s ", packed->codec->name);
	format_size(takes, sizeof(takes), packed->disk_bytes);
	snprintf(buf, size, "%s%swould take %s; or ", level, codec, takes);
}

void fit_explain(const struct fit *room, const struct ld_estimate *estimate, struct error *err)
{
	const struct ld_packed *packed = fit_packed(estimate, room->job->opt->codec);
	char takes[32], error[32], available[32], advice[128];

	format_size(takes, sizeof(takes), packed->disk_bytes);
	format_size(error, sizeof(error), packed->error);
	format_size(available, sizeof(available), room->bytes);
	advise(room, estimate, advice, sizeof(advice));
	error_set(err, "%s: the dump would take %s, give or take %s, and %s are available%s: %smake room, use another directory, or -f to dump all the same",
		  room->output->where, takes, error, available,
		  room->output->store.minfree ? " above minfree" : "", advice);
}

int fit_check(struct fit *room, struct error *err)
{
	const struct options *opt = room->job->opt;
	const struct ld_packed *packed;
	struct ld_estimate estimate;

	if (opt->force || !output_available(room->output, &room->bytes))
		return 0;
	/* Descriptors, bitmaps and the like are less than a sixteenth of it. */
	if (room->bytes > room->job->ram + room->job->ram / 16 + (1 << 20))
		return 0;
	if (room->engine->estimate(room->state, room->job, opt->level, &estimate))
		return 0;
	packed = fit_packed(&estimate, opt->codec);
	if (!packed || !fit_refuses(packed, room->bytes))
		return 0;
	fit_explain(room, &estimate, err);
	return -ENOSPC;
}
