/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * escape.h - text of unknown origin as part of a line.
 */
#ifndef LIVEDUMP_ESCAPE_H
#define LIVEDUMP_ESCAPE_H

#include <stddef.h>

/*
 * Copy @s to @buf of @size bytes, which is at least 1, so that it stays on its
 * line: what is not printable ASCII, and the backslash, becomes \xNN. What does
 * not fit is left out; no \xNN is cut.
 */
void escape_text(char *buf, size_t size, const char *s);

#endif
