// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * explain.c - what to tell the user about a dump that failed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/pages/filter.h"
#include "core/format/format.h"
#include "explain.h"
#include "port/numbers.h"

static int errno_of(const struct failure *f)
{
	return -f->result->end.err;
}

static void explain_full(struct error *err, const struct failure *f, const char *what,
			 const char *written)
{
	const char *less = f->request->level < LD_LEVEL_MAX ? ", or leave out more with -d" : "";

	if (f->result->end.cause == LD_CAUSE_MINFREE)
		error_set(err, "%s: the dump was about to leave less than the %" PRIu64 " KiB of minfree, after %s: make room, use another directory%s, or -f",
			  f->to, f->limits.minfree >> 10, written, less);
	else
		error_set(err, "%s: %s after %s: make room, use another directory%s",
			  f->to, what, written, less);
}

/* Whether it failed while memory was read, and not what was read written. */
static bool explain_source(struct error *err, const struct failure *f)
{
	const struct dump_end *end = &f->result->end;
	const char *what = "read memory";

	if (end->cause != LD_CAUSE_ERROR)
		return false;
	switch (end->stage) {
	case LD_STAGE_CLASSIFY:
		what = "classify page frames";
		break;
	case LD_STAGE_READ:
	case LD_STAGE_MEASURE:
	case LD_STAGE_SAMPLE:
	case LD_STAGE_RECHECK:
		break;
	default:
		return false;
	}
	error_set(err, "%s: cannot %s at page frame %" PRIu64 ": %s: nothing is kept; run it again, and see the kernel log if it fails again",
		  f->from, what, end->at, strerror(-end->err));
	return true;
}

/* The other end of a pipe or a socket fails in its own ways. */
static bool explain_stream(struct error *err, const struct failure *f)
{
	const char *what = "the reader went away";

	if (!f->stream)
		return false;
	switch (errno_of(f)) {
	case EPIPE:
		break;
	case ECONNRESET:
	case ENOTCONN:
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
	case EAGAIN:
		what = strerror(errno_of(f));
		break;
	default:
		return false;
	}
	error_set(err, "%s: %s after %" PRIu64 " bytes of the stream: see what became of it, and whether it had room, and run both again",
		  f->to, what, f->sent);
	return true;
}

/* What only the module does. Whether it is one of these. */
static bool explain_module(struct error *err, const struct failure *f)
{
	const char *why = f->text[0] ? f->text : strerror(errno_of(f));
	const char *hint;

	if (!f->module)
		return false;
	switch (errno_of(f)) {
	case EBUSY:
		hint = "wait for it to end, or use --engine kcore";
		break;
	case ENOMEM:
		if (f->request->mode != LD_MODE_LIVE && f->result->bytes.needed) {
			hint = "leave out more with -d, end other programs, or leave out --freeze";
			break;
		}
		why = "the kernel has not enough memory for a dump";
		hint = "end other programs, or use --engine kcore";
		break;
	case ETIME:
		hint = "use a longer --max-pause, leave out more with -d, or leave out --freeze";
		break;
	case E2BIG:
	case ENOTTY:
		why = "the module is not of this version";
		hint = "install both anew, or use --engine kcore";
		break;
	case EPERM:
		hint = "see the kernel log";
		break;
	case EINVAL:
	case EOPNOTSUPP:
	case ETXTBSY:
		hint = "use --engine kcore";
		break;
	default:
		return false;
	}
	error_set(err, "%s: %s: %s", f->from, why, hint);
	return true;
}

const char *explain_cause(char *buf, size_t size, const struct failure *f)
{
	char longest[32];

	switch (f->result->end.cause) {
	case LD_CAUSE_TIME:
		snprintf(buf, size, "it was not done after the %u s of --max-time",
			 f->limits.max_time);
		break;
	case LD_CAUSE_PRESSURE:
		snprintf(buf, size, "memory pressure was %u %%, more than the %u %% of --max-pressure",
			 f->limits.pressure, f->limits.max_pressure);
		break;
	case LD_CAUSE_SIZE:
		number_format_size(longest, sizeof(longest), f->request->max_bytes);
		snprintf(buf, size, "it is longer than the %s of --max-size", longest);
		break;
	case LD_CAUSE_SIGNAL:
		snprintf(buf, size, "interrupted");
		break;
	default:
		return NULL;
	}
	return buf;
}

/* The user's own limits. */
static void explain_limit(struct error *err, const struct failure *f, const char *written)
{
	const char *partial = f->request->keep_partial ? "" : ", or use --keep-partial";
	const char *hint = "allow more, leave out more with -d";
	char cause[128];

	explain_cause(cause, sizeof(cause), f);
	if (f->result->end.cause == LD_CAUSE_PRESSURE)
		hint = "run it again when less is going on, use a lower --memory";
	if (f->result->end.cause == LD_CAUSE_SIZE && !f->request->format->compresses)
		partial = ", or use --format kdump";
	error_set(err, "%s: the dump was given up after %s: %s: nothing is kept: %s%s", f->to,
		  written, cause, hint, partial);
}

static void explain_write(struct error *err, const struct failure *f, const char *written)
{
	switch (errno_of(f)) {
	case ENOSPC:
		explain_full(err, f, "no space left on the device", written);
		break;
	case EDQUOT:
		explain_full(err, f, "disk quota exceeded", written);
		break;
	case EFBIG:
		error_set(err, "%s: file too large after %s: raise the limit (ulimit -f), or use another file system",
			  f->to, written);
		break;
	case EIO:
		error_set(err, "%s: I/O error after %s: see the kernel log, and use another device",
			  f->to, written);
		break;
	case ENOMEM:
		error_set(err, "not enough memory that may be locked: use a lower --memory or --threads, or raise the limit (ulimit -l)");
		break;
	default:
		error_set(err, "%s: cannot %s the dump: %s after %s: use another directory or file",
			  f->to, f->result->end.stage == LD_STAGE_FLUSH ? "finish" : "write",
			  strerror(errno_of(f)), written);
	}
}

void explain(struct error *err, const struct failure *f)
{
	char written[32];

	number_format_size(written, sizeof(written), f->written);
	switch (f->result->end.cause) {
	case LD_CAUSE_SIGNAL:
		error_set(err, "%s after %s: nothing is kept: run it again for a dump",
			  f->limits.signal ? strsignal(f->limits.signal) : "interrupted", written);
		return;
	case LD_CAUSE_TIME:
	case LD_CAUSE_PRESSURE:
	case LD_CAUSE_SIZE:
		explain_limit(err, f, written);
		return;
	case LD_CAUSE_MINFREE:
		explain_full(err, f, "", written);
		return;
	default:
		break;
	}
	if (!explain_source(err, f) && !explain_module(err, f) && !explain_stream(err, f))
		explain_write(err, f, written);
}
