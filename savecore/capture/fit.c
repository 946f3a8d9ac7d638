// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fit.c - whether a dump would fit where it is written to.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/hint.h"
#include "base/numbers.h"
#include "fit.h"

const struct ld_packed *fit_packed(const struct ld_estimate *estimate,
				   const struct ld_codec_ops *codec)
{
	for (unsigned int c = 0; c < LD_NR_CODECS; c++)
		if (estimate->packed[c].codec == codec)
			return &estimate->packed[c];
	return NULL;
}

/* RLIMIT_FSIZE is about files only. */
static u64 fit_file_limit(const struct fit *fit)
{
	struct rlimit limit;

	if (fit->output->kind == OUTPUT_STREAM || getrlimit(RLIMIT_FSIZE, &limit) ||
	    limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return limit.rlim_cur;
}

bool fit_measure(struct fit *fit)
{
	u64 most = fit->job->request->max_bytes;
	bool known = output_available(fit->output, &fit->bytes);

	if (!known)
		fit->bytes = UINT64_MAX;
	fit->length = fit_file_limit(fit);
	if (most && most < fit->length)
		fit->length = most;
	return known || fit->length != UINT64_MAX;
}

bool fit_has_space(const struct fit *fit, const struct ld_packed *packed)
{
	return packed->disk_bytes + packed->error <= fit->bytes;
}

bool fit_may_be_so_long(const struct fit *fit, const struct ld_packed *packed)
{
	return packed->file_bytes + packed->error <= fit->length;
}

bool fit_holds(const struct fit *fit, const struct ld_packed *packed)
{
	return fit_has_space(fit, packed) && fit_may_be_so_long(fit, packed);
}

bool fit_refuses(const struct fit *fit, const struct ld_packed *packed)
{
	u64 error = 2 * packed->error;

	return packed->disk_bytes > error && packed->disk_bytes - error > fit->bytes;
}

/* A codec that fits: the one of the options, or else the fastest. NULL: none. */
static const struct ld_packed *fit_find_codec(const struct fit *fit,
					      const struct ld_estimate *estimate)
{
	const struct ld_packed *best = fit_packed(estimate, fit->job->request->codec);

	if (best && fit_holds(fit, best))
		return best;
	best = NULL;
	for (unsigned int c = 0; c < LD_NR_CODECS; c++) {
		const struct ld_packed *packed = &estimate->packed[c];

		if (packed->codec && fit_holds(fit, packed) &&
		    (!best || packed->time_ns < best->time_ns))
			best = packed;
	}
	return best;
}

/* "use -d 31 -C lzo, which needs 4.1 MB, ", or "". */
static void fit_suggest(const struct fit *fit, const struct ld_estimate *estimate, char *buf,
			size_t size)
{
	const struct dump_request *request = fit->job->request;
	const struct ld_packed *packed = fit_find_codec(fit, estimate);
	char level[16] = "", codec[32] = "", needed[32];
	struct ld_estimate least;

	buf[0] = '\0';
	if (!packed && request->level < LD_LEVEL_MAX &&
	    !fit->engine->estimate(fit->state, fit->job, LD_LEVEL_MAX, &least)) {
		packed = fit_find_codec(fit, &least);
		snprintf(level, sizeof(level), "-d %u", LD_LEVEL_MAX);
	}
	if (!packed)
		return;
	if (packed->codec != request->codec)
		snprintf(codec, sizeof(codec), "-C %s", packed->codec->name);
	number_format_size(needed, sizeof(needed), packed->disk_bytes);
	snprintf(buf, size, "use %s%s%s, which needs %s, ", level,
		 level[0] && codec[0] ? " " : "", codec, needed);
}

bool fit_is_limited(const struct fit *fit)
{
	return fit->output->store.max_total && fit->bytes == fit->output->store.max_total;
}

bool fit_is_at_quota(const struct fit *fit)
{
	return fit->output->quota != UINT64_MAX && fit->bytes == fit->output->quota;
}

/* What is in the way of the dump, for example "16.8 MB are available above minfree". */
static void fit_describe_limit(const struct fit *fit, const struct ld_packed *packed, char *buf,
			       size_t size)
{
	bool space = !fit_has_space(fit, packed);
	char most[32];

	number_format_size(most, sizeof(most), space ? fit->bytes : fit->length);
	if (space && fit_is_limited(fit))
		snprintf(buf, size, "%s are what --max-total allows", most);
	else if (space)
		snprintf(buf, size, "%s are available%s", most,
			 fit_is_at_quota(fit) ? " below the disk quota" :
			 fit->output->store.minfree ? " above minfree" : "");
	else
		snprintf(buf, size, "%s allows %s",
			 fit->length == fit->job->request->max_bytes ?
			 "--max-size" : "the limit on file sizes (ulimit -f)", most);
}

void fit_explain(const struct fit *fit, const struct ld_estimate *estimate, struct error *err)
{
	const struct ld_packed *packed = fit_packed(estimate, fit->job->request->codec);
	bool space = !fit_has_space(fit, packed);
	const char *const raise[] = { "raise the limit", hint_less(fit->job->request->level) };
	char needed[32], error[32], limit[96], advice[128], ways[160];

	number_format_size(needed, sizeof(needed), space ? packed->disk_bytes : packed->file_bytes);
	number_format_size(error, sizeof(error), packed->error);
	fit_describe_limit(fit, packed, limit, sizeof(limit));
	fit_suggest(fit, estimate, advice, sizeof(advice));
	if (fit_is_limited(fit))
		snprintf(ways, sizeof(ways), "raise the limit, or use another directory");
	else
		snprintf(ways, sizeof(ways), "%s%s, use another directory, or use -f",
			 hint_room(fit->rotates),
			 fit_is_at_quota(fit) ? ", have the quota raised" : "");
	if (space)
		error_set_code(err, ERROR_NO_SPACE,
			       "%s: the dump needs about %s (+- %s), and %s\n%s%s",
			       fit->output->where, needed, error, limit, advice, ways);
	else
		error_set_code(err, fit->length == fit->job->request->max_bytes ?
			       ERROR_SIZE_LIMIT : ERROR_FILE_LIMIT,
			       "%s: the dump would be about %s (+- %s) long, and %s\n%s%s",
			       fit->output->where, needed, error, limit, advice,
			       HINT_JOIN(ways, raise));
}

static bool fit_is_refused(const struct fit *fit, const struct ld_estimate *estimate)
{
	const struct ld_packed *packed = fit_packed(estimate, fit->job->request->codec);

	return packed && fit_refuses(fit, packed);
}

/* What is needed for an explanation is not estimated: mostly there is nothing to explain. */
static bool fit_may_be_refused(struct fit *fit)
{
	struct ld_estimate estimate;
	int ret = fit->engine->estimate_fit(fit->state, fit->job, fit->bytes, &estimate);

	return ret ? ret == -EOPNOTSUPP : fit_is_refused(fit, &estimate);
}

int fit_check(struct fit *fit, struct error *err)
{
	struct ld_estimate estimate;

	if (fit->force || !fit_measure(fit))
		return 0;
	/* Whoever limits the length may want to keep what there is then. */
	fit->length = UINT64_MAX;
	/* Page descriptors, bitmaps and headers add less than a sixteenth. */
	if (fit->bytes > fit->job->source.ram + fit->job->source.ram / 16 + (1 << 20))
		return 0;
	if (!fit_may_be_refused(fit))
		return 0;
	/* The explanation names other codecs, and how fast they are. */
	if (fit->engine->estimate(fit->state, fit->job, fit->job->request->level, &estimate) ||
	    !fit_is_refused(fit, &estimate))
		return 0;
	fit_explain(fit, &estimate, err);
	return -ENOSPC;
}
