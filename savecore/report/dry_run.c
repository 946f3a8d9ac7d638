// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * dry_run.c - savecore -L --dry-run: estimate a dump without taking it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/escape.h"
#include "base/hint.h"
#include "base/numbers.h"
#include "core/pages/filter.h"
#include "dry_run.h"

/* Which dumps would go, if there is a limit for those of the directory. */
static void dry_run_foresee(struct dry_run *run, const struct ld_packed *packed)
{
	const struct store *store = &run->fit.output->store;

	run->rotates = run->fit.output->kind == OUTPUT_SLOT &&
		       (run->keep->dumps || run->keep->bytes) &&
		       !rotate_foresee(&run->preview, store->dir, &store->trust, store->next,
				       packed->disk_bytes, run->keep);
}

int dry_run_estimate(struct dry_run *run)
{
	struct engine_job *job = run->fit.job;
	const struct dump_request *request = job->request;
	const struct dump_result *r = &job->result;
	const struct ld_packed *packed;
	bool live = request->mode == LD_MODE_LIVE;
	int ret;

	ret = run->fit.engine->estimate(run->fit.state, job, request->level, &run->estimate);
	if (ret)
		return ret;
	packed = fit_packed(&run->estimate, request->codec);
	if (!packed)
		return -EOPNOTSUPP;
	run->available_known = fit_measure(&run->fit);
	run->fits_target = !run->available_known || fit_holds(&run->fit, packed);
	dry_run_foresee(run, packed);
	run->fits_memory = live || r->bytes.needed <= job->memory_allowed;
	run->fits_pause = live || r->times.pause_estimate <= request->max_pause_ns;
	return 0;
}

static void dry_run_print_codec(const struct dry_run *run, const struct ld_packed *packed, FILE *f)
{
	double percent = 100.0 * (double)packed->error / (double)packed->disk_bytes;
	char name[32], size[32];

	if (packed->codec->level_min == packed->codec->level_max)
		snprintf(name, sizeof(name), "%s", packed->codec->name);
	else
		snprintf(name, sizeof(name), "%s:%d", packed->codec->name, packed->level);
	number_format_size(size, sizeof(size), packed->disk_bytes);
	fprintf(f, "%-10s %12s +- %4.1f %% %8.2f s%s\n", name, size, percent,
		(double)packed->time_ns / 1e9,
		packed->codec == run->fit.job->request->codec ? "  *" : "");
}

static void dry_run_print_codecs(const struct dry_run *run, FILE *f)
{
	fprintf(f, "%-10s %12s %9s %10s\n", "codec", "size", "error", "time");
	for (unsigned int c = 0; c < LD_NR_CODECS; c++) {
		const struct ld_packed *packed = &run->estimate.packed[c];

		if (!packed->codec)
			continue;
		dry_run_print_codec(run, packed, f);
		/* A kdump file has a small hole in each bitmap on any PC. */
		if (packed->file_bytes - packed->disk_bytes > packed->disk_bytes / 64)
			fprintf(f, "%-10s %12" PRIu64 " bytes long, with holes\n", "",
				packed->file_bytes);
	}
}

static void dry_run_print_memory(const struct dry_run *run, FILE *f)
{
	const struct dump_request *request = run->fit.job->request;
	u64 pause = run->fit.job->result.times.pause_estimate;
	char size[32], most[32];

	number_format_size(size, sizeof(size), run->estimate.buffer_bytes);
	number_format_size(most, sizeof(most), run->fit.job->memory_allowed);
	fprintf(f, "memory: %s of %s allowed: %s\n", size, most,
		run->fits_memory ? "fits" : "does not fit");
	if (request->mode == LD_MODE_LIVE)
		return;
	fprintf(f, "pause: %.3f s of %.3f s allowed: %s\n", (double)pause / 1e9,
		(double)request->max_pause_ns / 1e9, run->fits_pause ? "fits" : "does not fit");
}

static void dry_run_print_target(const struct dry_run *run, FILE *f)
{
	const struct ld_packed *packed = fit_packed(&run->estimate, run->fit.job->request->codec);
	const struct output *output = run->fit.output;
	char size[32], minfree[32];
	struct escaped name;

	if (run->fit.length != UINT64_MAX) {
		number_format_size(size, sizeof(size), run->fit.length);
		fprintf(f, "%s: a file may be %s long: %s\n",
			escape_name(&name, output->where), size,
			fit_may_be_so_long(&run->fit, packed) ? "fits" : "does not fit");
	}
	if (run->fit.bytes == UINT64_MAX) {
		fprintf(f, "%s: available space is not known\n", escape_name(&name, output->where));
		return;
	}
	number_format_size(size, sizeof(size), run->fit.bytes);
	number_format_size(minfree, sizeof(minfree), output->store.minfree);
	fprintf(f, "%s: %s available", escape_name(&name, output->where), size);
	if (fit_is_limited(&run->fit))
		fprintf(f, " within --max-total");
	else if (fit_is_at_quota(&run->fit))
		fprintf(f, " below the disk quota");
	else if (output->store.minfree)
		fprintf(f, " above the %s of minfree", minfree);
	fprintf(f, ": %s\n", fit_has_space(&run->fit, packed) ? "fits" : "does not fit");
}

/* They go after the dump, so the space that they take is not available for it. */
static void dry_run_print_rotation(const struct dry_run *run, FILE *f)
{
	const struct rotate_preview *preview = &run->preview;
	char size[32], removed[32], most[32];
	struct escaped name;

	if (!run->rotates)
		return;
	number_format_size(size, sizeof(size), preview->bytes);
	number_format_size(removed, sizeof(removed), preview->removed_bytes);
	fprintf(f, "%s: %zu live dumps take %s", escape_name(&name, run->fit.output->where),
		preview->dumps, size);
	if (run->keep->bytes) {
		number_format_size(most, sizeof(most), run->keep->bytes);
		fprintf(f, " of the %s of --max-total", most);
	}
	fprintf(f, ": the oldest %zu, %s, would go after the dump\n", preview->removed, removed);
}

void dry_run_print(const struct dry_run *run, FILE *f)
{
	const struct engine_job *job = run->fit.job;
	const struct dump_request *request = job->request;
	const struct dump_result *r = &job->result;
	struct escaped name;
	char raw[32];

	fprintf(f, "dry run: engine %s (%s), %u threads, mode %s\n", run->fit.engine->name,
		run->why, job->workers, ld_mode_name(request->mode));
	for (unsigned int i = 0; i < LD_NR_TYPES; i++)
		fprintf(f, "%12" PRIu64 " pages %s%s\n", r->pages.frames_by_type[i],
			ld_page_type_name(i), ld_filter_keep(i, request->level) ? ", in the dump" : "");
	number_format_size(raw, sizeof(raw), r->bytes.raw);
	fprintf(f, "%12" PRIu64 " pages of %zu KiB in the dump, %s, about %" PRIu64 " pages are zeros\n",
		r->pages.kept, job->source.page_size >> 10, raw, r->pages.zero);
	dry_run_print_codecs(run, f);
	fprintf(f, "estimated from %" PRIu64 " pages; the time does not include waiting for %s%s\n",
		run->estimate.sampled, escape_name(&name, run->fit.output->where),
		run->verifies ? " or verifying" : "");
	dry_run_print_memory(run, f);
	dry_run_print_target(run, f);
	dry_run_print_rotation(run, f);
}

bool dry_run_fits(const struct dry_run *run, struct error *err)
{
	const struct dump_result *r = &run->fit.job->result;
	const struct dump_request *request = run->fit.job->request;
	const char *const ways[] = {
		run->fits_memory ? "use a longer --max-pause" : "allow more with --memory",
		run->fits_memory ? NULL : "end other programs",
		hint_less(request->level), engine_gentler(request->mode),
	};
	unsigned long long pause_ms = r->times.pause_estimate / 1000000;
	unsigned long long most_ms = request->max_pause_ns / 1000000;
	char needed[32], most[32], hint[256];

	if (!run->fits_memory) {
		number_format_size(needed, sizeof(needed), r->bytes.needed);
		number_format_size(most, sizeof(most), run->fit.job->memory_allowed);
		error_set_code(err, ERROR_NO_MEMORY,
			       "the freeze would need %s of memory for the copy, and may use %s\n%s",
			       needed, most, HINT_JOIN(hint, ways));
	}
	/* The first error is the one that is told. */
	if (!run->fits_pause)
		error_set_code(err, ERROR_PAUSE_LIMIT,
			       "the system would be paused for %llu ms, more than the %llu ms allowed\n%s",
			       pause_ms, most_ms, HINT_JOIN(hint, ways));
	if (!run->fits_target)
		fit_explain(&run->fit, &run->estimate, err);
	return run->fits_memory && run->fits_pause && run->fits_target;
}
