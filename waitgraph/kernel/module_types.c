// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * module_types.c - the kernel keeps a copy of the BTF of each module, on a list. Source:
 * kernel/bpf/btf.c.
 */
#include <bpf/btf.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#include "module_types.h"

#define MODULE_BTF_MAX	(16U << 20)	/* bytes */

enum btf_field {
	BTF_LIST, BTF_MODULE, BTF_BTF, BTF_NAME, BTF_DATA, BTF_SIZE, NR_BTF_FIELDS
};

static const struct field_row btf_rows[NR_BTF_FIELDS] = {
	[BTF_LIST] = { "btf_module", "list", false },
	[BTF_MODULE] = { "btf_module", "module", false },
	[BTF_BTF] = { "btf_module", "btf", false },
	[BTF_NAME] = { "module", "name", false },
	[BTF_DATA] = { "btf", "data", false },
	[BTF_SIZE] = { "btf", "data_size", false },
};

/* Whether the parts that @h tells of are in its @size bytes. */
static bool module_types_fit(const struct btf_header *h, u64 size)
{
	return size >= sizeof(*h) && h->magic == BTF_MAGIC && h->hdr_len <= size &&
		(u64)h->type_off + h->type_len <= size - h->hdr_len &&
		(u64)h->str_off + h->str_len <= size - h->hdr_len;
}

static u8 *module_types_append(u8 *at, const void *data, size_t len)
{
	memcpy(at, data, len);
	return at + len;
}

/*
 * The numbers of the module's types, and the offsets of its strings, go on where those of
 * the kernel end. So the two make one, types after types and strings after strings.
 */
static bool module_types_join(struct types *t, const void *base, u32 base_size,
			      const void *more, u64 more_size)
{
	const struct btf_header *a = base, *b = more;
	struct btf_header h = { .magic = BTF_MAGIC, .version = 1, .hdr_len = sizeof(h) };
	struct error ignored = { 0 };
	const u8 *mine = base, *its = more;
	u8 *joined, *at;

	if (!base || !module_types_fit(a, base_size) || !module_types_fit(b, more_size))
		return false;
	h.type_len = a->type_len + b->type_len;
	h.str_off = h.type_len;
	h.str_len = a->str_len + b->str_len;
	joined = malloc(sizeof(h) + (size_t)h.type_len + h.str_len);
	if (!joined)
		return false;
	at = module_types_append(joined, &h, sizeof(h));
	at = module_types_append(at, mine + a->hdr_len + a->type_off, a->type_len);
	at = module_types_append(at, its + b->hdr_len + b->type_off, b->type_len);
	at = module_types_append(at, mine + a->hdr_len + a->str_off, a->str_len);
	at = module_types_append(at, its + b->hdr_len + b->str_off, b->str_len);
	types_parse(t, joined, (size_t)(at - joined), &ignored);
	free(joined);
	return t->btf;
}

static bool module_types_parse(struct types *t, const struct kernel *k,
			       const struct field *fields, u64 at)
{
	u64 btf, data, size;
	const void *base;
	u32 base_size;
	void *copy;
	bool ok;

	if (field_read(k->m, at, &fields[BTF_BTF], &btf) ||
	    field_read(k->m, btf, &fields[BTF_DATA], &data) ||
	    field_read(k->m, btf, &fields[BTF_SIZE], &size) || !size || size > MODULE_BTF_MAX)
		return false;
	copy = malloc(size);
	base = btf__raw_data(k->types.btf, &base_size);
	ok = copy && !memory_read(k->m, data, copy, size) &&
		module_types_join(t, base, base_size, copy, size);
	free(copy);
	return ok;
}

bool module_types_read(struct types *t, const struct kernel *k, const char *module)
{
	struct field fields[NR_BTF_FIELDS];
	struct error ignored = { 0 };
	u64 head, at, next, back, mod;
	char name[MODULES_NAME_SIZE];

	if (types_fields(&k->types, btf_rows, NR_BTF_FIELDS, fields, &ignored) ||
	    !symbols_find(&k->symbols, "btf_modules", &head))
		return false;
	at = head;
	for (u32 i = 0; i < MODULES_MAX; i++, at = next) {
		u64 its;

		if (memory_u64(k->m, at, &next) || next == head ||
		    memory_u64(k->m, next + 8, &back) || back != at)
			break;
		its = next - fields[BTF_LIST].off;
		if (!field_read(k->m, its, &fields[BTF_MODULE], &mod) &&
		    !memory_string(k->m, mod + fields[BTF_NAME].off, name, sizeof(name)) &&
		    !strcmp(name, module))
			return module_types_parse(t, k, fields, its);
	}
	return false;
}
