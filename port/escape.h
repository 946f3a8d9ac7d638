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

#endif
