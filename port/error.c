// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * error.c - an error message for the user, one line: what failed and what to do
 * about it.
 */
#include <stdarg.h>
#include <stdio.h>

#include "error.h"

/*
 * File names and recorded data may contain any byte: replace those that are not
 * printable.
 */
static void error_make_printable(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

void error_set(struct error *err, const char *fmt, ...)
{
	va_list ap;

	if (err->text[0])
		return;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	error_make_printable(err->text);
}
