/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * error.h - an error message for the user, one line: what failed and what to do
 * about it; and for programs, a code that says what kind of failure it is.
 */
#ifndef LIVEDUMP_ERROR_H
#define LIVEDUMP_ERROR_H

#include <stddef.h>

/*
 * The kinds of failures. Programs know them by their names, which stay as they
 * are: savecore(8) explains each. Add new ones at the end.
 */
enum error_code {
	ERROR_NONE,
	ERROR_OTHER,
	ERROR_USAGE,
	ERROR_PERMISSION,
	ERROR_NOT_FOUND,
	ERROR_EXISTS,
	ERROR_BAD_INPUT,
	ERROR_BAD_OUTPUT,
	ERROR_BAD_DIRECTORY,
	ERROR_BUSY,
	ERROR_NO_SPACE,
	ERROR_MINFREE,
	ERROR_FILE_LIMIT,
	ERROR_NO_MEMORY,
	ERROR_IO,
	ERROR_READER_GONE,
	ERROR_INTERRUPTED,
	ERROR_TIME_LIMIT,
	ERROR_SIZE_LIMIT,
	ERROR_PRESSURE,
	ERROR_PAUSE_LIMIT,
	ERROR_SUSPEND,
	ERROR_POLICY,
	ERROR_NO_ENGINE,
	ERROR_UNSUPPORTED,
	ERROR_BAD_MEMORY_IMAGE,
	ERROR_BAD_DUMP,
	ERROR_BAD_STREAM,
	ERROR_NO_CHECKSUMS,
	ERROR_SANDBOX,
	NR_ERROR_CODES
};

struct error {
	char text[512];		/* no newline; empty: no error */
	size_t hint;		/* where what to do begins in text; 0: it does not say */
	enum error_code code;	/* ERROR_NONE: not known yet, see error_classify() */
};

/*
 * Set the message, unless one is set already: the first one stays. A newline in
 * @fmt stands before what to do about it; in the text it becomes ": ".
 */
void error_set(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same, with the code of the failure. */
void error_set_code(struct error *err, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Set the message and the code of @why, after "@prefix: " unless that is NULL. */
void error_take(struct error *err, const char *prefix, const struct error *why);

/* The code of @errnum, a negative errno: the one place where an errno becomes a code. */
enum error_code error_code_of(int errnum);

/* If there is a message without a code, it gets the one of @errnum. */
void error_classify(struct error *err, int errnum);

/*
 * What @err tells of is no stream, so there is no reader that could be gone: a network file
 * system has the errors of a network, too.
 */
void error_of_no_stream(struct error *err);

/* "no-space", "bad-dump" and so on. */
const char *error_code_name(enum error_code code);

#endif
