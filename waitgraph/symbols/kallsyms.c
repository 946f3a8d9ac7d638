// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kallsyms.c - the kernel's compressed symbol table. Source of the format:
 * scripts/kallsyms.c and kernel/kallsyms.c of Linux.
 *
 * kallsyms_names has for each symbol a length and as many bytes. A length of 128 and
 * more takes two bytes, the first with bit 7 set. Each of the bytes stands for the text
 * at kallsyms_token_table + kallsyms_token_index[byte]. The texts together are the type
 * of the symbol, a letter, and its name.
 *
 * kallsyms_offsets has 32 bits for each symbol. What they mean depends on the version
 * and the configuration, which the dump does not tell. But VMCOREINFO has the address of
 * _stext, so the right scheme is the one that finds it there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kallsyms.h"

#define KALLSYMS_NAMES_MAX	(64U << 20)	/* bytes of compressed names */
#define KALLSYMS_WINDOW		65536U
#define KALLSYMS_TOKENS_MAX	16384U		/* bytes of all texts */

static const char kallsyms_stext[] = "_stext";

struct kallsyms {
	struct memory *m;
	struct symbols *s;
	u64 names, offsets, base;	/* addresses; base is a value */
	bool has_base;
	u64 nr;
	u64 stext;			/* number of _stext; nr: not there */
	u16 index[256];
	u16 len[256];			/* of the text of each byte */
	/* Whether the text of each byte may begin a symbol that is wanted, and only its name. */
	bool begins[256], begins_name[256];
	char tokens[KALLSYMS_TOKENS_MAX];
	s32 *values;
};

struct kallsyms_scheme {
	bool needs_base;
	u64 (*addr)(const struct kallsyms *k, u64 i);
};

static u64 kallsyms_relative(const struct kallsyms *k, u64 i)
{
	return k->base + (u32)k->values[i];
}

/* Variables of a CPU have their offset, all else is relative. */
static u64 kallsyms_percpu(const struct kallsyms *k, u64 i)
{
	s64 value = k->values[i];

	return value >= 0 ? (u64)value : k->base - 1 - (u64)value;
}

static u64 kallsyms_place(const struct kallsyms *k, u64 i)
{
	return k->offsets + i * sizeof(s32) + (u64)(s64)k->values[i];
}

static const struct kallsyms_scheme kallsyms_schemes[] = {
	{ true, kallsyms_percpu },
	{ true, kallsyms_relative },
	{ false, kallsyms_place },
};

static int kallsyms_bad(struct error *err, const char *what)
{
	error_set(err, "the kernel's symbols: %s: give its System.map with --symbols", what);
	return -EBADMSG;
}

static int kallsyms_locate(struct kallsyms *k, const struct vmcoreinfo *vi, struct error *err)
{
	u64 at[4], base;
	static const char *const keys[] = {
		"SYMBOL(kallsyms_num_syms)", "SYMBOL(kallsyms_token_table)",
		"SYMBOL(kallsyms_token_index)", "SYMBOL(kallsyms_names)",
	};

	for (unsigned int i = 0; i < 4; i++)
		if (!vmcoreinfo_hex(vi, keys[i], &at[i]))
			goto unknown;
	if (!vmcoreinfo_hex(vi, "SYMBOL(kallsyms_offsets)", &k->offsets))
		goto unknown;
	k->names = at[3];
	if (vmcoreinfo_hex(vi, "SYMBOL(kallsyms_relative_base)", &base))
		k->has_base = !memory_u64(k->m, base, &k->base);
	if (memory_number(k->m, at[0], sizeof(u32), &k->nr) ||
	    memory_read(k->m, at[2], k->index, sizeof(k->index)))
		return kallsyms_bad(err, "they are not in the dump");
	if (!k->nr || k->nr > SYMBOLS_MAX)
		return kallsyms_bad(err, "their number is wrong");
	/* The last text ends within 256 bytes; the table may end with its page. */
	for (unsigned int i = 0; i < 256; i++) {
		if (k->index[i] >= sizeof(k->tokens) - 256)
			return kallsyms_bad(err, "their table of tokens is wrong");
		if (memory_string(k->m, at[1] + k->index[i], k->tokens + k->index[i], 256))
			return kallsyms_bad(err, "their tokens are not in the dump");
	}
	/* Only now: damaged texts may overlap. */
	for (unsigned int i = 0; i < 256; i++)
		k->len[i] = (u16)strlen(k->tokens + k->index[i]);
	return 0;
unknown:
	error_set(err, "VMCOREINFO does not tell where the kernel's symbols are, as before Linux 6.0: give its System.map with --symbols");
	return -ENOENT;
}

/* A window of the compressed names. */
struct kallsyms_window {
	u8 data[KALLSYMS_WINDOW];
	size_t at, size;
	u64 next;			/* address of what follows data */
	u64 end;
};

/* Have at least @want bytes in the window, fewer at the end of what can be read. */
static void kallsyms_fill(const struct kallsyms *k, struct kallsyms_window *w, size_t want)
{
	if (w->size - w->at >= want)
		return;
	memmove(w->data, w->data + w->at, w->size - w->at);
	w->size -= w->at;
	w->at = 0;
	while (w->size < KALLSYMS_WINDOW && w->next < w->end) {
		size_t n = MEMORY_PAGE - (size_t)(w->next % MEMORY_PAGE);

		if (n > KALLSYMS_WINDOW - w->size)
			n = KALLSYMS_WINDOW - w->size;
		if (memory_read(k->m, w->next, w->data + w->size, n)) {
			w->end = w->next;
			return;
		}
		w->size += n;
		w->next += n;
	}
}

/*
 * Have *@bytes point to the next compressed name in the window. Returns its length, 0 if
 * there is none.
 */
static size_t kallsyms_next(const struct kallsyms *k, struct kallsyms_window *w, const u8 **bytes)
{
	size_t len;

	kallsyms_fill(k, w, 2 + 0x7fff);
	if (w->size - w->at < 2)
		return 0;
	len = w->data[w->at++];
	if (len & 0x80)
		len = (len & 0x7f) | (size_t)w->data[w->at++] << 7;
	if (len > w->size - w->at)
		return 0;
	*bytes = w->data + w->at;
	w->at += len;
	return len;
}

/* Expand the @len bytes of a name to @name. Returns its length, 0 if it is too long. */
static size_t kallsyms_expand(const struct kallsyms *k, const u8 *bytes, size_t len, char *name)
{
	size_t size = 0;

	for (size_t i = 0; i < len; i++) {
		const char *token = k->tokens + k->index[bytes[i]];
		size_t n = k->len[bytes[i]];

		if (size + n >= SYMBOLS_NAME_MAX)
			return 0;
		memcpy(name + size, token, n);
		size += n;
	}
	return size;
}

/* Whether the name of a symbol that is wanted may begin with @text. */
static bool kallsyms_wants(const struct kallsyms *k, const char *text)
{
	size_t len = strlen(text);

	if (!k->s->only || !strncmp(kallsyms_stext, text, len))
		return true;
	for (const char *const *only = k->s->only; *only; only++)
		if (!strncmp(*only, text, len))
			return true;
	return false;
}

static void kallsyms_find_begins(struct kallsyms *k)
{
	for (unsigned int i = 0; i < 256; i++) {
		const char *text = k->tokens + k->index[i];

		k->begins[i] = !*text || kallsyms_wants(k, text + 1);
		k->begins_name[i] = kallsyms_wants(k, text);
	}
}

/* Few symbols are wanted, if not all are: one or two bytes of most others tell. */
static bool kallsyms_may_be_wanted(const struct kallsyms *k, const u8 *bytes, size_t len)
{
	if (!k->begins[bytes[0]])
		return false;
	return k->len[bytes[0]] != 1 || len == 1 || k->begins_name[bytes[1]];
}

/* Add symbol @i, if it is wanted. Its address is its number, for now. */
static int kallsyms_add_name(struct kallsyms *k, u64 i, const u8 *bytes, size_t len,
			     struct error *err)
{
	char name[SYMBOLS_NAME_MAX];

	len = kallsyms_expand(k, bytes, len, name);
	if (len < 2)
		return kallsyms_bad(err, "a name cannot be read");
	if (k->stext == k->nr && len == sizeof(kallsyms_stext) &&
	    !memcmp(name + 1, kallsyms_stext, len - 1))
		k->stext = i;
	return symbols_add(k->s, i, name + 1, len - 1, 0);
}

static int kallsyms_add_names(struct kallsyms *k, struct error *err)
{
	struct kallsyms_window *w = calloc(1, sizeof(*w));
	int ret = w ? 0 : -ENOMEM;
	const u8 *bytes;

	k->stext = k->nr;
	kallsyms_find_begins(k);
	if (w) {
		w->next = k->names;
		w->end = k->names + KALLSYMS_NAMES_MAX;
	}
	for (u64 i = 0; i < k->nr && !ret; i++) {
		size_t len = kallsyms_next(k, w, &bytes);

		if (!len)
			ret = kallsyms_bad(err, "a name cannot be read");
		else if (kallsyms_may_be_wanted(k, bytes, len))
			ret = kallsyms_add_name(k, i, bytes, len, err);
	}
	free(w);
	if (ret == -ENOMEM)
		error_set(err, "the kernel's symbols: not enough memory");
	else if (ret)
		kallsyms_bad(err, "they are too many");
	return ret;
}

/* Find the scheme that has _stext at @stext, and make addresses of numbers. */
static int kallsyms_set_addresses(struct kallsyms *k, u64 stext, struct error *err)
{
	if (k->stext == k->nr)
		return kallsyms_bad(err, "_stext is not among them");
	for (size_t i = 0; i < sizeof(kallsyms_schemes) / sizeof(*kallsyms_schemes); i++) {
		const struct kallsyms_scheme *scheme = &kallsyms_schemes[i];

		if ((scheme->needs_base && !k->has_base) || scheme->addr(k, k->stext) != stext)
			continue;
		for (u32 j = 0; j < k->s->nr; j++)
			k->s->all[j].addr = scheme->addr(k, k->s->all[j].addr);
		return 0;
	}
	return kallsyms_bad(err, "_stext is not where VMCOREINFO has it");
}

int kallsyms_read(struct memory *m, const struct vmcoreinfo *vi, struct symbols *s,
		  struct error *err)
{
	struct kallsyms *k = calloc(1, sizeof(*k));
	u64 stext;
	int ret;

	if (!k) {
		error_set(err, "the kernel's symbols: not enough memory");
		return -ENOMEM;
	}
	k->m = m;
	k->s = s;
	ret = kallsyms_locate(k, vi, err);
	if (!ret && !vmcoreinfo_hex(vi, "SYMBOL(_stext)", &stext))
		ret = kallsyms_bad(err, "VMCOREINFO has no _stext");
	if (!ret) {
		k->values = calloc(k->nr, sizeof(*k->values));
		if (!k->values)
			ret = -ENOMEM;
		else if (memory_read(m, k->offsets, k->values, k->nr * sizeof(*k->values)))
			ret = kallsyms_bad(err, "their addresses are not in the dump");
	}
	if (!ret)
		ret = kallsyms_add_names(k, err);
	if (!ret)
		ret = kallsyms_set_addresses(k, stext, err);
	if (ret == -ENOMEM)
		error_set(err, "the kernel's symbols: not enough memory");
	free(k->values);
	free(k);
	return ret;
}
