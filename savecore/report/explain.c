// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * explain.c - error messages for a dump that failed or is partial.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/hint.h"
#include "base/numbers.h"
#include "core/codec/codec.h"
#include "core/format/format.h"
#include "explain.h"
#include "savecore/capture/engine.h"

static int failure_errno(const struct failure *f)
{
	return -f->result->end.err;
}

static void explain_full(struct error *err, const struct failure *f, const char *what,
			 const char *written)
{
	bool minfree = f->result->end.cause == LD_CAUSE_MINFREE;
	const char *const ways[] = {
		hint_room(f->limits.maxdumps), "use another directory",
		f->stream ? NULL : "send the dump elsewhere (-o - | ssh)",
		hint_less(f->request->level),
		minfree ? "use -f" : f->request->keep_partial ? NULL : "use --keep-partial",
	};
	char hint[256];

	HINT_JOIN(hint, ways);
	if (minfree)
		error_set(err, "%s: after %s the dump would have left less than the %" PRIu64 " KiB of minfree\n%s",
			  f->to, written, f->limits.minfree >> 10, hint);
	else
		error_set(err, "%s: %s after %s\n%s", f->to, what, written, hint);
}

/* A failure to read memory. Returns whether it was one. */
static bool explain_source(struct error *err, const struct failure *f)
{
	const struct dump_end *end = &f->result->end;
	const char *what = "read memory";

	/* The module stops the processors also to read memory. */
	if (end->cause != LD_CAUSE_ERROR || (f->module && failure_errno(f) == EDEADLK))
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
	error_set(err, "%s: cannot %s at page frame %" PRIu64 ": %s\nrun savecore again, and read the kernel log if it fails again",
		  f->from, what, end->at, strerror(-end->err));
	return true;
}

/* A failure of the other end of a pipe or socket. Returns whether it was one. */
static bool explain_stream(struct error *err, const struct failure *f)
{
	int errnum = failure_errno(f);

	if (!f->stream || (errnum != EAGAIN && error_code_of(-errnum) != ERROR_READER_GONE))
		return false;
	error_set(err, "%s: %s after %" PRIu64 " bytes\nfind out why the reader ended, for example a full disk, and run both again",
		  f->to, errnum == EPIPE ? "the reader closed the stream" : strerror(errnum),
		  f->sent);
	return true;
}

/* The copy needs more memory than it may use, or the pause is too long. */
static void explain_freeze(struct error *err, const struct failure *f, const char *why,
			   const char *first)
{
	const char *const ways[] = {
		first, hint_less(f->request->level), engine_gentler(f->request->mode),
		engine_instead(f->request),
	};
	char hint[256];

	error_set(err, "%s: %s\n%s", f->from, why,
		  HINT_JOIN(hint, ways));
}

/* A failure that only the module reports. Returns whether it was one. */
static bool explain_module(struct error *err, const struct failure *f)
{
	const char *why = f->text[0] ? f->text : strerror(failure_errno(f));
	const char *hint, *instead = engine_instead(f->request);
	int errnum = failure_errno(f);
	char limit[160];

	if (!f->module)
		return false;
	/* The file system can return these, too. */
	if ((errnum == ETIME || errnum == EDEADLK) && dump_end_is_writing(&f->result->end))
		return false;
	switch (errnum) {
	case EBUSY:
		hint = "wait for it to end, or ";
		break;
	case ENOMEM:
		if (f->request->mode != LD_MODE_LIVE && f->result->bytes.needed) {
			explain_freeze(err, f, why, "use more --memory");
			return true;
		}
		why = "the kernel does not have enough memory for a dump";
		hint = "end other programs, or ";
		break;
	case ETIME:
		explain_freeze(err, f, why, "use a longer --max-pause");
		return true;
	case EDEADLK:
		hint = "see the kernel log for a lockup, or ";
		break;
	case E2BIG:
	case ENOTTY:
		why = "the module and savecore have different versions";
		hint = "install the same version of both, or ";
		break;
	case EPERM:
		if (f->result->end.cause != LD_CAUSE_POLICY)
			hint = "read the kernel log, or ";
		else if (f->request->mode == LD_MODE_LIVE)
			hint = "change the parameter, or use --no-boost";
		else
			hint = "shorten --max-pause, change the parameter, or leave out --freeze";
		if (f->result->end.cause == LD_CAUSE_POLICY)
			instead = "";
		break;
	case EAGAIN:
	case EMFILE:
	case ENFILE:
		snprintf(limit, sizeof(limit), "%s, or ", hint_of(HINT_MODULE, failure_errno(f)));
		hint = limit;
		break;
	case EACCES:
	case EINVAL:
	case EOPNOTSUPP:
	case ETXTBSY:
		hint = "";
		break;
	default:
		return false;
	}
	error_set(err, "%s: %s\n%s%s", f->from, why, hint, instead);
	return true;
}

/* "interrupted by SIGTERM" */
static void explain_signal(char *buf, size_t size, int sig)
{
	static const struct {
		int sig;
		const char *name;
	} names[] = {
		{ SIGINT, "SIGINT" },
		{ SIGQUIT, "SIGQUIT" },
		{ SIGTERM, "SIGTERM" },
		{ SIGHUP, "SIGHUP" },
	};

	snprintf(buf, size, "interrupted");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].sig == sig)
			snprintf(buf, size, "interrupted by %s", names[i].name);
}

const char *explain_cause(char *buf, size_t size, const struct failure *f)
{
	char longest[32];

	switch (f->result->end.cause) {
	case LD_CAUSE_TIME:
		snprintf(buf, size, "it took longer than the %u s of --max-time",
			 f->limits.max_time);
		break;
	case LD_CAUSE_PRESSURE:
		if (f->module && f->limits.pressure <= f->limits.max_pressure)
			snprintf(buf, size, "the system ran out of memory");
		else
			snprintf(buf, size, "memory pressure was %u %%, more than the %u %% of --max-pressure",
				 f->limits.pressure, f->limits.max_pressure);
		break;
	case LD_CAUSE_SIZE:
		number_format_size(longest, sizeof(longest),
				   f->limits.max_total ?: f->request->max_bytes);
		snprintf(buf, size, f->limits.max_total ?
			 "it takes more than the %s of --max-total" :
			 "it is longer than the %s of --max-size", longest);
		break;
	case LD_CAUSE_SIGNAL:
		explain_signal(buf, size, f->limits.signal);
		break;
	case LD_CAUSE_SUSPEND:
		snprintf(buf, size, "the system was about to be suspended");
		break;
	default:
		return NULL;
	}
	return buf;
}

/* A limit that the user set was exceeded. */
static void explain_limit(struct error *err, const struct failure *f, const char *written)
{
	enum ld_cause end = f->result->end.cause;
	bool pressure = end == LD_CAUSE_PRESSURE, size = end == LD_CAUSE_SIZE;
	bool compresses = f->request->format->compresses;
	bool hard = f->request->codec == &ld_codec_zstd && f->request->codec_level >= 9;
	const char *const ways[] = {
		pressure ? "run savecore again when the system is less busy" : "raise the limit",
		pressure ? "use a lower --memory" : hint_less(f->request->level),
		size && compresses && !hard ? "compress more (-C zstd:9)" : NULL,
		size && !compresses ? "use --format kdump" :
		f->request->keep_partial ? NULL : "use --keep-partial",
	};
	char cause[128], hint[256];

	explain_cause(cause, sizeof(cause), f);
	error_set(err, "%s: the dump was discarded after %s: %s\n%s", f->to, written, cause,
		  HINT_JOIN(hint, ways));
}

static void explain_write(struct error *err, const struct failure *f, const char *written)
{
	switch (failure_errno(f)) {
	case ENOSPC:
		explain_full(err, f, "no space left on the device", written);
		break;
	case EDQUOT:
		explain_full(err, f, "disk quota exceeded", written);
		break;
	case EFBIG:
		error_set(err, "%s: file too large after %s\n%s", f->to, written,
			  hint_of(HINT_WRITE, EFBIG));
		break;
	case EIO:
		error_set(err, "%s: I/O error after %s\n%s", f->to, written,
			  hint_of(HINT_WRITE, EIO));
		break;
	case ENOMEM:
		if (f->limits.memory)
			error_set(err, "not enough memory, because of %s\nraise it, or use a lower --memory or --threads",
				  f->limits.memory);
		else
			error_set(err, "not enough memory\nend other programs, or use a lower --memory or --threads");
		break;
	default:
		error_set(err, "%s: cannot %s the dump: %s after %s\n%s",
			  f->to, f->result->end.stage == LD_STAGE_FLUSH ? "finish" : "write",
			  strerror(failure_errno(f)), written,
			  hint_of(HINT_WRITE, failure_errno(f)));
	}
}

enum error_code explain_code(const struct dump_end *end)
{
	static const enum error_code codes[LD_NR_CAUSES] = {
		[LD_CAUSE_SIGNAL] = ERROR_INTERRUPTED,
		[LD_CAUSE_SIZE] = ERROR_SIZE_LIMIT,
		[LD_CAUSE_TIME] = ERROR_TIME_LIMIT,
		[LD_CAUSE_PRESSURE] = ERROR_PRESSURE,
		[LD_CAUSE_MINFREE] = ERROR_MINFREE,
		[LD_CAUSE_SUSPEND] = ERROR_SUSPEND,
		[LD_CAUSE_POLICY] = ERROR_POLICY,
	};

	return codes[end->cause] ? codes[end->cause] : error_code_of(end->err);
}

static void explain_end(struct error *err, const struct failure *f)
{
	char written[32];

	number_format_size(written, sizeof(written), f->written);
	switch (f->result->end.cause) {
	case LD_CAUSE_SIGNAL:
		error_set(err, "%s after %s: the dump was discarded\nrun savecore again",
			  f->limits.signal ? strsignal(f->limits.signal) : "interrupted", written);
		return;
	case LD_CAUSE_SUSPEND:
		error_set(err, "%s: the dump was discarded after %s: the system was about to be suspended\nrun savecore again",
			  f->to, written);
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

void explain(struct error *err, const struct failure *f)
{
	struct error why = { 0 };

	explain_end(&why, f);
	why.code = explain_code(&f->result->end);
	if (!f->stream)
		error_of_no_stream(&why);
	error_take(err, NULL, &why);
}

void explain_partial(struct error *err, const struct dump_end *end, const char *cause)
{
	const char *first = "run savecore again";

	if (end->cause == LD_CAUSE_SIZE || end->cause == LD_CAUSE_TIME)
		first = "raise the limit";
	else if (end->cause == LD_CAUSE_PRESSURE)
		first = "run savecore again when the system is less busy";
	else if (end->cause == LD_CAUSE_ERROR && (end->err == -ENOSPC || end->err == -EDQUOT))
		first = "make room, or use another directory,";
	else if (end->cause == LD_CAUSE_ERROR && end->err == -EFBIG)
		first = "raise the limit (ulimit -f)";
	error_set_code(err, explain_code(end),
		       "the dump is partial: %s: it was kept as requested\n%s for a complete one",
		       cause, first);
}
