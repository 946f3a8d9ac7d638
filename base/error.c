// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * error.c - an error message for the user, one line: what failed and what to do
 * about it; and for programs, a code that says what kind of failure it is.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "escape.h"

/*
 * The newline that stands before the hint is the one of the format. Newlines in
 * the arguments are replaced like any byte that is not printable, and so cannot
 * pass for it: what comes before the hint is formatted alone to find its length.
 */
static void error_format(struct error *err, enum error_code code, const char *fmt, va_list ap)
{
	const char *newline = strchr(fmt, '\n');
	char what[sizeof(err->text)];
	va_list again;
	size_t len;

	if (err->text[0])
		return;
	err->code = code;
	err->hint = 0;
	if (!newline) {
		vsnprintf(err->text, sizeof(err->text), fmt, ap);
		escape_in_place(err->text);
		return;
	}
	/* The arguments of what comes before the newline are the first ones. */
	va_copy(again, ap);
	snprintf(what, sizeof(what), "%.*s", (int)(newline - fmt), fmt);
	vsnprintf(err->text, sizeof(err->text), what, again);
	va_end(again);
	escape_in_place(err->text);
	len = strlen(err->text);
	snprintf(what, sizeof(what), "%.*s: %s", (int)(newline - fmt), fmt, newline + 1);
	vsnprintf(err->text, sizeof(err->text), what, ap);
	escape_in_place(err->text);
	if (len && len + 2 < sizeof(err->text))
		err->hint = len + 2;
}

void error_set(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_format(err, ERROR_NONE, fmt, ap);
	va_end(ap);
}

void error_set_code(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_format(err, code, fmt, ap);
	va_end(ap);
}

void error_take(struct error *err, const char *prefix, const struct error *why)
{
	if (err->text[0])
		return;
	if (!prefix)
		*err = *why;
	else if (why->hint)
		error_set_code(err, why->code, "%s: %.*s\n%s", prefix, (int)why->hint - 2,
			       why->text, why->text + why->hint);
	else
		error_set_code(err, why->code, "%s: %s", prefix, why->text);
}

enum error_code error_code_of(int errnum)
{
	switch (-errnum) {
	case EPERM:
	case EACCES:
	case EROFS:
		return ERROR_PERMISSION;
	case ENOENT:
	case ENOTDIR:
	case ENXIO:
	case ENODEV:
	case ENAMETOOLONG:
	case ELOOP:
		return ERROR_NOT_FOUND;
	case EEXIST:
		return ERROR_EXISTS;
	case EBUSY:
	case EAGAIN:
	case ETXTBSY:
		return ERROR_BUSY;
	case ENOSPC:
	case EDQUOT:
		return ERROR_NO_SPACE;
	case EFBIG:
		return ERROR_FILE_LIMIT;
	case ENOMEM:
		return ERROR_NO_MEMORY;
	case EISDIR:
		return ERROR_BAD_INPUT;
	case EIO:
		return ERROR_IO;
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
		return ERROR_READER_GONE;
	case ECANCELED:
	case EINTR:
		return ERROR_INTERRUPTED;
	case ETIME:
		return ERROR_PAUSE_LIMIT;
	case EOPNOTSUPP:
	case ENOSYS:
	case ENOTTY:
	case E2BIG:
		return ERROR_UNSUPPORTED;
	case EBADMSG:
		return ERROR_BAD_DUMP;
	default:
		return ERROR_OTHER;
	}
}

void error_classify(struct error *err, int errnum)
{
	if (err->text[0] && err->code == ERROR_NONE)
		err->code = error_code_of(errnum);
}

void error_of_no_stream(struct error *err)
{
	if (err->code == ERROR_READER_GONE)
		err->code = ERROR_IO;
}

const char *error_code_name(enum error_code code)
{
	static const char *const names[NR_ERROR_CODES] = {
		[ERROR_NONE] = "none",
		[ERROR_OTHER] = "other",
		[ERROR_USAGE] = "usage",
		[ERROR_PERMISSION] = "permission",
		[ERROR_NOT_FOUND] = "not-found",
		[ERROR_EXISTS] = "exists",
		[ERROR_BAD_INPUT] = "bad-input",
		[ERROR_BAD_OUTPUT] = "bad-output",
		[ERROR_BAD_DIRECTORY] = "bad-directory",
		[ERROR_BUSY] = "busy",
		[ERROR_NO_SPACE] = "no-space",
		[ERROR_MINFREE] = "minfree",
		[ERROR_FILE_LIMIT] = "file-limit",
		[ERROR_NO_MEMORY] = "no-memory",
		[ERROR_IO] = "io-error",
		[ERROR_READER_GONE] = "reader-gone",
		[ERROR_INTERRUPTED] = "interrupted",
		[ERROR_TIME_LIMIT] = "time-limit",
		[ERROR_SIZE_LIMIT] = "size-limit",
		[ERROR_PRESSURE] = "pressure",
		[ERROR_PAUSE_LIMIT] = "pause-limit",
		[ERROR_SUSPEND] = "suspend",
		[ERROR_POLICY] = "policy",
		[ERROR_NO_ENGINE] = "no-engine",
		[ERROR_UNSUPPORTED] = "unsupported",
		[ERROR_BAD_MEMORY_IMAGE] = "bad-memory-image",
		[ERROR_BAD_DUMP] = "bad-dump",
		[ERROR_BAD_STREAM] = "bad-stream",
		[ERROR_NO_CHECKSUMS] = "no-checksums",
		[ERROR_SANDBOX] = "sandbox",
	};

	return names[code];
}
