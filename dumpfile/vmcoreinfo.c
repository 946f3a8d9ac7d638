// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vmcoreinfo.c - look things up in VMCOREINFO text.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmcoreinfo.h"

#define NUMBER_MAX	32	/* characters of the longest number, with room */

const char *vmcoreinfo_find(const struct vmcoreinfo *vi, const char *key, size_t *len)
{
	size_t key_len = strlen(key);
	const char *at = vi->text, *end = vi->text + vi->size;

	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));

		if (!eol)
			eol = end;
		if ((size_t)(eol - at) > key_len && at[key_len] == '=' &&
		    !memcmp(at, key, key_len)) {
			*len = (size_t)(eol - at) - key_len - 1;
			return at + key_len + 1;
		}
		at = eol + 1;
	}
	return NULL;
}

static bool number(const struct vmcoreinfo *vi, const char *key, int base, u64 *value)
{
	char text[NUMBER_MAX], *end;
	size_t len;
	const char *at = vmcoreinfo_find(vi, key, &len);

	if (!at || !len || len >= sizeof(text))
		return false;
	memcpy(text, at, len);
	text[len] = '\0';
	errno = 0;
	*value = strtoull(text, &end, base);
	return !errno && end == text + len;
}

bool vmcoreinfo_hex(const struct vmcoreinfo *vi, const char *key, u64 *value)
{
	return number(vi, key, 16, value);
}

bool vmcoreinfo_num(const struct vmcoreinfo *vi, const char *key, u64 *value)
{
	return number(vi, key, 10, value);
}
