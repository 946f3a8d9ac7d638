// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * escape.c - make text of unknown origin printable.
 */
#include "escape.h"

void escape_text(char *buf, size_t size, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	size_t at = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= ' ' && c < 0x7f && c != '\\') {
			if (at + 1 >= size)
				break;
			buf[at++] = (char)c;
		} else {
			if (at + 4 >= size)
				break;
			buf[at++] = '\\';
			buf[at++] = 'x';
			buf[at++] = hex[c >> 4];
			buf[at++] = hex[c & 15];
		}
	}
	buf[at] = '\0';
}
