// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify.c - verify a finished dump: the order of the checks. Cheap checks that
 * protect the others come first: libkdumpfile gets no header whose checksum has
 * not been compared.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/numbers.h"
#include "base/process/pagecache.h"
#include "base/say.h"
#include "dumpfile/frames/frames.h"
#include "verify.h"
#include "verify_kernel.h"
#include "verify_meta.h"
#include "verify_pages.h"
#include "verify_scratch.h"

/* What reading may take if it is not known how much memory there is, bytes. */
#define UNKNOWN_MEMORY	(1ULL << 30)

#define VERIFY_HINT	"do not rely on it, take another dump"

static int verify_check_cpus(const struct dumpfile *d, struct error *err)
{
	unsigned int cpus = d->notes.nr_prstatus;

	if (!cpus || (d->nr_cpus && cpus != d->nr_cpus))
		return dumpfile_bad(&d->file, err, "it has registers of %u CPUs, not of %u",
				    cpus, d->nr_cpus);
	return 0;
}

static int verify_notes(struct dumpfile *d, struct verify_report *report, struct error *err)
{
	int ret = dumpfile_parse_notes(d, err);

	if (ret)
		return ret;
	_Static_assert(sizeof(report->release) == sizeof(d->notes.release), "it fits");
	memcpy(report->release, d->notes.release, sizeof(report->release));
	ret = notes_find_reason(&d->file, &d->notes, report->reason, err);
	return ret ? ret : verify_check_cpus(d, err);
}

struct verify_beside {
	const struct dumpfile *d;
	const struct verify_options *opt;
};

/* While the page frames are read, as it has one thread only. */
static int verify_kernel_beside(void *arg, struct error *err)
{
	const struct verify_beside *beside = arg;

	return verify_kernel(beside->d, beside->opt->running, err);
}

/* Run all checks of @d, of which only the headers have been read, in order. */
static int verify_run_checks(struct dumpfile *d, const struct verify_options *opt,
			     struct verify_report *report, struct error *err)
{
	struct verify_beside beside = { .d = d, .opt = opt };
	const struct verify_pages_request pages = {
		.d = d, .seal = &report->seal, .threads = opt->threads, .control = opt->control,
		.memory = opt->memory ? opt->memory : UNKNOWN_MEMORY,
		/* An incomplete dump may lack the page tables. */
		.beside = opt->no_kernel || d->incomplete ? NULL : verify_kernel_beside,
		.beside_arg = &beside,
	};
	int ret;

	report->format = d->format->name;
	report->incomplete = d->incomplete;
	ret = verify_meta(d, &report->seal, err);
	report->uncompared = d->incomplete && !d->format->descriptors &&
			     !ld_seal_has_content(&report->seal);
	if (!ret)
		ret = verify_notes(d, report, err);
	if (!ret)
		ret = verify_keep(d, &report->seal, err);
	if (!ret)
		ret = frame_reader_check_memory(d, pages.memory, "verify", err);
	if (!ret)
		ret = verify_pages(&pages, &report->pages, err);
	return ret;
}

static int verify_file(const struct dumpfile_request *req, const struct verify_options *opt,
		       struct verify_report *report, struct error *err)
{
	struct dumpfile d;
	int ret = dumpfile_open_headers(&d, req, err);

	if (ret)
		return ret;
	ret = verify_run_checks(&d, opt, report, err);
	dumpfile_close(&d);
	return ret;
}

static int verify_from_disk(const struct dumpfile_request *req, struct verify_report *report,
			    struct error *err)
{
	int ret = cache_sync_and_drop(req->fd, &report->cached);

	if (ret)
		error_set(err, "%.150s: cannot be written to the disk: %s\nsee the kernel log",
			  req->name, strerror(-ret));
	return ret;
}

int verify_dump(int fd, const char *name, const struct verify_options *opt,
		struct verify_report *report, struct error *err)
{
	u64 start = port_now_ns();
	struct dumpfile_request req = {
		.name = name,
		.hint = opt->hint ? opt->hint : VERIFY_HINT,
		.control = opt->control,
	};
	const struct scratch_request scratch = {
		.fd = fd, .pipe = opt->pipe, .scratch = opt->scratch, .name = name,
		.hint = req.hint, .control = opt->control,
	};
	int ret;

	memset(report, 0, sizeof(*report));
	ret = scratch_fill(&scratch, &req.fd, err);
	if (!ret && req.fd == fd)
		ret = verify_from_disk(&req, report, err);
	if (!ret)
		ret = verify_file(&req, opt, report, err);
	cache_drop(req.fd);
	if (req.fd != fd)
		close(req.fd);
	report->elapsed_ns = port_now_ns() - start;
	return ret;
}

void verify_verdict(char *buf, size_t size, enum ld_mode mode, u64 unseen)
{
	if (unseen == VERIFY_UNKNOWN)
		snprintf(buf, size, "%s, not checked for writes by devices",
			 ld_mode_verdict(mode));
	else if (unseen)
		snprintf(buf, size, "%s, %" PRIu64 " page%s written by devices",
			 ld_mode_verdict(mode), unseen, unseen == 1 ? "" : "s");
	else
		snprintf(buf, size, "%s", ld_mode_verdict(mode));
}

u64 verify_unseen(const struct ld_seal *seal)
{
	return seal->unseen == LD_SEAL_UNSEEN_UNKNOWN ? VERIFY_UNKNOWN : seal->unseen;
}

void verify_describe(char *buf, size_t size, const struct verify_report *report)
{
	const struct ld_seal *seal = &report->seal;
	char release[4 * sizeof(report->release)], pause[40] = "", verdict[80];
	u64 us = seal->pause_ns / 1000;

	escape_text(release, sizeof(release), report->release);
	if (seal->mode != LD_MODE_LIVE)
		snprintf(pause, sizeof(pause), " (pause %" PRIu64 ".%03" PRIu64 " ms)", us / 1000,
			 us % 1000);
	verify_verdict(verdict, sizeof(verdict), seal->mode, verify_unseen(seal));
	snprintf(buf, size, "good: %s, %" PRIu64 " pages, %s%s%s%s, %s", report->format,
		 report->pages, verdict, pause, report->incomplete ? ", incomplete" : "",
		 report->uncompared ? ", content not compared" : "", release);
}

void verify_print_reason(const struct verify_report *report, FILE *f)
{
	for (const char *at = report->reason; *at;) {
		int len = (int)strcspn(at, "\n");

		if (len)
			fprintf(f, "  %.*s\n", len, at);
		at += len + (at[len] == '\n');
	}
}

void verify_say_time(const struct verify_report *report)
{
	u64 ms = report->elapsed_ns / 1000000;
	char cached[32];

	number_format_size(cached, sizeof(cached), report->cached);
	if (report->cached)
		fprintf(say_err(), "savecore: %s of it could not be dropped from the page cache, and was verified there, not on a disk\n",
			cached);
	fprintf(say_err(), "savecore: verified in %" PRIu64 ".%03" PRIu64 " s\n", ms / 1000,
		ms % 1000);
}
