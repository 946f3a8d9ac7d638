/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * error.h - one line for the user: what failed and what to do about it.
 */
#ifndef LIVEDUMP_ERROR_H
#define LIVEDUMP_ERROR_H

struct error {
	char text[512];		/* no newline; empty: nothing was said */
};

/* Say it, unless something was said before: the first cause stays. */
void error_set(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
