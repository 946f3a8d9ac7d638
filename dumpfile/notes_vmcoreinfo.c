// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * notes_vmcoreinfo.c - check that VMCOREINFO looks as a kernel writes it.
 *
 * libkdumpfile 0.5.1 makes a tree of attributes of it: OFFSET(page.flags) is "flags"
 * in "page" in "OFFSET". It trusts the text. A key that begins with a dot is read
 * beyond its end, a key with a value and with others below it stores a number and a
 * pointer in one place, and a level for each of 200,000 dots takes minutes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "notes.h"

/* The kernel's VMCOREINFO_BYTES is one page; the largest page has 64 KiB. */
#define VMCOREINFO_MAX	65536U

/* The kernel's own keys have one dot at most. */
#define KEY_DOTS_MAX	4U

struct vmcoreinfo_key {
	const char *text;
	size_t len;
};

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* A key has only graphic characters, and each of its parts begins like a word. */
static bool key_is_good(const struct vmcoreinfo_key *k)
{
	unsigned int dots = 0;
	char before = '.';

	for (size_t i = 0; i < k->len; i++) {
		char c = k->text[i];

		if (c <= ' ' || c > '~' || (before == '.' && !is_word_char(c)))
			return false;
		dots += c == '.';
		before = c;
	}
	return before != '.' && dots <= KEY_DOTS_MAX;
}

/* What ends the path of a key, and a part of it: less than any other character. */
enum { PATH_END, PATH_NEXT };

/*
 * The next character of a key's path, which *@at is moved behind. The path of
 * "OFFSET(page.flags)" is "OFFSET.page.flags".
 */
static int key_path_char(const struct vmcoreinfo_key *k, size_t *at)
{
	while (*at < k->len && k->text[*at] == ')')
		++*at;
	if (*at == k->len)
		return PATH_END;
	switch (k->text[(*at)++]) {
	case '.':
	case '(':
		return PATH_NEXT;
	default:
		return k->text[*at - 1];
	}
}

/*
 * Compare the paths of two keys. Stores the first two characters that differ, or
 * PATH_END twice.
 */
static void key_find_difference(const struct vmcoreinfo_key *one,
				const struct vmcoreinfo_key *other, int *c, int *other_c)
{
	size_t at = 0, other_at = 0;

	do {
		*c = key_path_char(one, &at);
		*other_c = key_path_char(other, &other_at);
	} while (*c != PATH_END && *c == *other_c);
}

/* Order keys by their paths: those below a key come right after it. */
static int key_compare(const void *one, const void *other)
{
	int c, other_c;

	key_find_difference(one, other, &c, &other_c);
	return c - other_c;
}

static bool key_is_above(const struct vmcoreinfo_key *k, const struct vmcoreinfo_key *other)
{
	int c, other_c;

	key_find_difference(k, other, &c, &other_c);
	return c == PATH_END && other_c == PATH_NEXT;
}

/* Collect the keys of @vi in @keys. Returns their number, or 0 if a line is not KEY=VALUE. */
static size_t keys_collect(const struct vmcoreinfo *vi, struct vmcoreinfo_key *keys)
{
	const char *at = vi->text, *end = vi->text + vi->size;
	size_t nr = 0;

	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		const char *value;

		if (!eol)
			eol = end;
		value = memchr(at, '=', (size_t)(eol - at));
		if (!value || memchr(value, '\0', (size_t)(eol - value)))
			return 0;
		keys[nr].text = at;
		keys[nr].len = (size_t)(value - at);
		if (!key_is_good(&keys[nr++]))
			return 0;
		at = eol + 1;
	}
	return nr;
}

int notes_check_vmcoreinfo(const struct dumpfile_file *f, const struct vmcoreinfo *vi,
			   struct error *err)
{
	struct vmcoreinfo_key *keys;
	bool bad = false;
	size_t nr;

	if (vi->size > VMCOREINFO_MAX)
		return dumpfile_bad(f, err, "its VMCOREINFO has %zu bytes", vi->size);
	/* "A=" and its end of line have three bytes, the last line may lack that. */
	keys = malloc((vi->size / 3 + 1) * sizeof(*keys));
	if (!keys)
		return dumpfile_no_memory(f, err);
	nr = keys_collect(vi, keys);
	qsort(keys, nr, sizeof(*keys), key_compare);
	for (size_t i = 1; i < nr && !bad; i++)
		bad = key_is_above(&keys[i - 1], &keys[i]);
	free(keys);
	return nr && !bad ? 0 : dumpfile_bad(f, err, "its VMCOREINFO is damaged");
}
