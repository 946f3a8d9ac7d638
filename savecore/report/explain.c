// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * explain.c - what to tell the user about a dump that failed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"

void format_size(char *buf, size_t size, u64 bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	double value = (double)bytes;
	int unit = -1;

	/* What rounds to 1000.0 is one of the next unit. */
	while (value >= (unit < 0 ? 1000 : 999.95) && unit < 5) {
		value /= 1000;
		unit++;
	}
	if (unit < 0)
		snprintf(buf, size, "%" PRIu64 " bytes", bytes);
	else
		snprintf(buf, size, "%.1f %s", value, units[unit]);
}

static bool failed_in(const struct failure *f, const char *what)
{
	return f->stats->failed && strstr(f->stats->failed, what);
}

static void explain_full(struct error *err, const struct failure *f, const char *what,
			 const char *written)
{
	const char *less = f->opt->level < LD_LEVEL_MAX ? ", or leave out more with -d" : "";

	if (f->minfree)
		error_set(err, "%s: the dump was about to leave less than the %" PRIu64 " KiB of minfree, after %s: make room, use another directory%s, or -f",
			  f->to, f->minfree >> 10, written, less);
	else
		error_set(err, "%s: %s after %s: make room, use another directory%s",
			  f->to, what, written, less);
}

static void explain_source(struct error *err, const struct failure *f)
{
	error_set(err, "%s: cannot %s at page frame %" PRIu64 ": %s: nothing is kept; run it again, and see the kernel log if it fails again",
		  f->from, f->stats->failed, f->stats->failed_at, strerror(-f->err));
}

/* What is at the other end of a pipe or a socket has its own words for it. */
static bool explain_stream(struct error *err, const struct failure *f)
{
	const char *what = "the reader went away";

	if (!f->stream || f->signal)
		return false;
	switch (-f->err) {
	case EPIPE:
		break;
	case ECONNRESET:
	case ENOTCONN:
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
	case EAGAIN:
		what = strerror(-f->err);
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
	const char *why = f->text[0] ? f->text : strerror(-f->err);
	const char *hint;

	switch (-f->err) {
	case EBUSY:
		hint = "wait for it to end, or use --engine kcore";
		break;
	case ENOMEM:
		if (f->stats->memory_needed && f->text[0]) {
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

	if (f->limit == LIMIT_TIME) {
		snprintf(buf, size, "it was not done after the %u s of --max-time",
			 f->opt->max_time);
	} else if (f->limit == LIMIT_PRESSURE) {
		snprintf(buf, size, "memory pressure was %u %%, more than the %u %% of --max-pressure",
			 f->pressure, f->opt->max_pressure);
	} else if (f->stats->too_long) {
		format_size(longest, sizeof(longest), f->opt->max_size);
		snprintf(buf, size, "it is longer than the %s of --max-size", longest);
	} else if (f->stats->cause == -EINTR) {
		snprintf(buf, size, "interrupted");
	} else {
		return NULL;
	}
	return buf;
}

/* The user's own limits. Whether it was one of these. */
static bool explain_limit(struct error *err, const struct failure *f, const char *written)
{
	const char *partial = f->opt->keep_partial ? "" : ", or use --keep-partial";
	const char *hint = "allow more, leave out more with -d";
	char cause[128];

	if (!f->limit && !f->stats->too_long)
		return false;
	explain_cause(cause, sizeof(cause), f);
	if (f->limit == LIMIT_PRESSURE)
		hint = "run it again when less is going on, use a lower --memory";
	if (f->stats->too_long && !f->opt->format->compresses)
		partial = ", or use --format kdump";
	error_set(err, "%s: the dump was given up after %s: %s: nothing is kept: %s%s", f->to,
		  written, cause, hint, partial);
	return true;
}

void explain(struct error *err, const struct failure *f)
{
	char written[32];

	format_size(written, sizeof(written), f->written);
	if (f->signal) {
		error_set(err, "%s after %s: nothing is kept: run it again for a dump",
			  strsignal(f->signal), written);
		return;
	}
	if (explain_limit(err, f, written))
		return;
	if (failed_in(f, "read memory") || failed_in(f, "classify")) {
		explain_source(err, f);
		return;
	}
	if ((f->module && explain_module(err, f)) || explain_stream(err, f))
		return;
	switch (-f->err) {
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
			  f->to, f->stats->failed ? f->stats->failed : "write",
			  strerror(-f->err), written);
	}
}
