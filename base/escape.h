/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * escape.h - make text of unknown origin printable.
 */
#ifndef LIVEDUMP_ESCAPE_H
#define LIVEDUMP_ESCAPE_H

#include <stddef.h>

/*
 * Copy @s to @buf, which has @size bytes, at least 1. Each backslash and each
 * byte that is not printable ASCII becomes \xNN, so the result is one line.
 * Text that does not fit is cut, but never within \xNN.
 */
void escape_text(char *buf, size_t size, const char *s);

/*
 * Replace in @s, a text for people, each byte that is no part of a printable
 * character by a question mark: control characters, those of C1 too, which are the
 * bytes 0x80 to 0x9f or U+0080 to U+009F, what is not UTF-8, and what changes the
 * line or the direction of the text. A character that was cut at the end of @s is
 * removed.
 */
void escape_in_place(char *s);

/* A name for a message, printable. */
struct escaped {
	char text[4200];
};

/* Copy @name to @e as escape_in_place() leaves it. Returns e->text. */
const char *escape_name(struct escaped *e, const char *name);

#endif
