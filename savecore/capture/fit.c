// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * fit.c - whether a dump would fit where it is written to.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fit.h"
#include "port/hint.h"
#include "port/numbers.h"

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

/* A codec that fits: the one of the options, or else the fastest. NULL: none. */
static const struct ld_packed *fit_find_codec(const struct fit *fit,
					      const struct ld_estimate *estimate)
{
	const struct ld_packed *best = fit_packed(estimate, fit->job->request->codec);

	if (best && fit_holds(best, fit->bytes))
		return best;
	best = NULL;
	for (unsigned int c = 0; c < LD_NR_CODECS; c++) {
		const struct ld_packed *packed = &estimate->packed[c];

		if (packed->codec && fit_holds(packed, fit->bytes) &&
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

void fit_explain(const struct fit *fit, const struct ld_estimate *estimate, struct error *err)
{
	const struct ld_packed *packed = fit_packed(estimate, fit->job->request->codec);
	const char *what = "are available", *from = "";
	char needed[32], error[32], available[32], advice[128], ways[128];

	number_format_size(needed, sizeof(needed), packed->disk_bytes);
	number_format_size(error, sizeof(error), packed->error);
	number_format_size(available, sizeof(available), fit->bytes);
	fit_suggest(fit, estimate, advice, sizeof(advice));
	snprintf(ways, sizeof(ways), "%s, use another directory, or use -f",
		 hint_room(fit->rotates));
	if (fit_is_limited(fit)) {
		what = "are what --max-total allows";
		snprintf(ways, sizeof(ways), "raise the limit, or use another directory");
	} else if (fit->output->store.minfree) {
		from = " above minfree";
	}
	error_set_code(err, ERROR_NO_SPACE,
		       "%s: the dump needs about %s (+- %s), and %s %s%s\n%s%s", fit->output->where,
		       needed, error, available, what, from, advice, ways);
}

int fit_check(struct fit *fit, struct error *err)
{
	const struct dump_request *request = fit->job->request;
	const struct ld_packed *packed;
	struct ld_estimate estimate;

	if (fit->force || !output_available(fit->output, &fit->bytes))
		return 0;
	/* Page descriptors, bitmaps and headers add less than a sixteenth. */
	if (fit->bytes > fit->job->source.ram + fit->job->source.ram / 16 + (1 << 20))
		return 0;
	if (fit->engine->estimate(fit->state, fit->job, request->level, &estimate))
		return 0;
	packed = fit_packed(&estimate, request->codec);
	if (!packed || !fit_refuses(packed, fit->bytes))
		return 0;
	fit_explain(fit, &estimate, err);
	return -ENOSPC;
}
