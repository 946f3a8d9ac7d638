// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * escape.c - make text of unknown origin printable.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

/*
 * Decode the character at @s. Returns its length in bytes, 0 if it is none, or -1 if
 * the text ends within it.
 */
static int utf8_decode(const unsigned char *s, uint32_t *value)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int len = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;

	*value = len == 1 ? *s : *s & (0x7fU >> len);
	for (int i = 1; i < len; i++) {
		if (!s[i])
			return -1;
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*value = *value << 6 | (s[i] & 0x3f);
	}
	if (len && (*value < least[len] || *value > 0x10ffff ||
		    (*value >= 0xd800 && *value < 0xe000)))
		return 0;
	return len;
}

/* Characters that are not shown as one, or change how others are. */
static bool utf8_is_control(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0x61c ||
	       c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c < 0xe1000);
}

void escape_in_place(char *s)
{
	unsigned char *at = (unsigned char *)s;

	while (*at) {
		uint32_t c;
		int len = utf8_decode(at, &c);

		if (len < 0) {
			*at = '\0';
			return;
		}
		if (!len || utf8_is_control(c)) {
			memset(at, '?', len ? (size_t)len : 1);
			at += len ? len : 1;
			continue;
		}
		at += len;
	}
}

const char *escape_name(struct escaped *e, const char *name)
{
	snprintf(e->text, sizeof(e->text), "%s", name);
	escape_in_place(e->text);
	return e->text;
}
