// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * enums.c - look up names of numbers in BTF.
 */
#include <bpf/btf.h>
#include <string.h>

#include "enums.h"

s64 enums_find(const struct types *t, const char *type, const char *name)
{
	s32 id = btf__find_by_name_kind(t->btf, type, BTF_KIND_ENUM);
	const struct btf_type *found = id > 0 ? btf__type_by_id(t->btf, (u32)id) : NULL;
	const struct btf_enum *e = found ? btf_enum(found) : NULL;

	for (u32 i = 0; e && i < btf_vlen(found); i++, e++) {
		const char *its = btf__name_by_offset(t->btf, e->name_off);

		if (its && !strcmp(its, name))
			return e->val < 0 ? -1 : e->val;
	}
	return -1;
}
