/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * error.h - an error message for the user, one line: what failed and what to do
 * about it.
 */
#ifndef LIVEDUMP_ERROR_H
#define LIVEDUMP_ERROR_H

struct error {
	char text[512];		/* no newline; empty: no error */
};

/* Set the message, unless one is set already: the first one stays. */
void error_set(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
