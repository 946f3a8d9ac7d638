// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * types.c - members of structures, by libbpf. BTF of a dump may hold anything: types
 * may refer to themselves, so all ways through it are bounded.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "types.h"

#define TYPES_BTF_MAX	(64U << 20)	/* bytes */
#define TYPES_HUGE_PAGE	(2U << 20)	/* bytes, of x86-64 */
#define TYPES_DEPTH_MAX	16U		/* of structures in structures, of typedefs */

/* libbpf says by itself what it does not like; the error says it better. */
static int types_be_quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

int types_parse(struct types *t, const void *data, size_t size, struct error *err)
{
	libbpf_set_print(types_be_quiet);
	errno = 0;
	t->btf = btf__new(data, (u32)size);
	if (t->btf)
		return 0;
	error_set(err, "the kernel's types (BTF) are not valid: give them with --btf");
	return -EBADMSG;
}

int types_where(const struct symbols *s, u64 *start, u64 *size, struct error *err)
{
	u64 stop;

	if (symbols_find(s, "__start_BTF", start) && symbols_find(s, "__stop_BTF", &stop) &&
	    stop > *start && stop - *start <= TYPES_BTF_MAX) {
		*size = stop - *start;
		return 0;
	}
	error_set(err, "the kernel has no types (BTF) in its memory: give its vmlinux with --btf");
	return -ENOENT;
}

/* Some MB, for a moment. Without huge pages the faults take longer than all else. */
static void *types_alloc(u64 size)
{
	size_t bytes = (size_t)((size + TYPES_HUGE_PAGE - 1) & ~(u64)(TYPES_HUGE_PAGE - 1));
	void *data = aligned_alloc(TYPES_HUGE_PAGE, bytes);

	if (data)
		madvise(data, bytes, MADV_HUGEPAGE);
	return data;
}

int types_read(struct types *t, struct memory *m, const struct symbols *s, struct error *err)
{
	u64 start, size;
	void *data;
	int ret = types_where(s, &start, &size, err);

	if (ret)
		return ret;
	data = types_alloc(size);
	if (!data) {
		error_set(err, "the kernel's types: not enough memory");
		return -ENOMEM;
	}
	if (memory_read(m, start, data, size)) {
		error_set(err, "the kernel's types (BTF) are not in the dump: give its vmlinux with --btf");
		ret = -ENOENT;
	} else {
		ret = types_parse(t, data, size, err);
	}
	free(data);
	return ret;
}

/* The section with the types of an ELF file. It is in memory that belongs to @elf. */
static const Elf_Data *types_section(Elf *elf)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((section = elf_nextscn(elf, section)) != NULL) {
		const char *name;
		GElf_Shdr header;

		if (!gelf_getshdr(section, &header))
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (name && !strcmp(name, ".BTF"))
			return elf_rawdata(section, NULL);
	}
	return NULL;
}

static int types_read_elf(struct types *t, Elf *elf, struct error *err)
{
	const Elf_Data *data = types_section(elf);

	if (!data || !data->d_buf || data->d_size > TYPES_BTF_MAX)
		return -ENOENT;
	return types_parse(t, data->d_buf, data->d_size, err);
}

/* A copy of /sys/kernel/btf/vmlinux, whose length may be told wrong. */
static int types_read_raw(struct types *t, int fd, struct error *err)
{
	char *data = malloc(TYPES_BTF_MAX);
	size_t size = 0;
	ssize_t n = 1;
	int ret = -ENOMEM;

	while (data && n > 0 && size < TYPES_BTF_MAX) {
		n = pread(fd, data + size, TYPES_BTF_MAX - size, (off_t)size);
		size += n > 0 ? (size_t)n : 0;
	}
	if (data)
		ret = n < 0 ? -errno : types_parse(t, data, size, err);
	free(data);
	return ret;
}

/* Whether the sizes and places that the kernel tells of itself are those of the types. */
static bool types_match(const struct types *t, const struct vmcoreinfo *vi)
{
	static const struct {
		const char *key;
		struct field_row row;
	} checks[] = {
		{ "SIZE(page)", { "page", "", true } },
		{ "SIZE(pglist_data)", { "pglist_data", "", true } },
		{ "SIZE(zone)", { "zone", "", true } },
		{ "OFFSET(pglist_data.nr_zones)", { "pglist_data", "nr_zones", true } },
		{ "OFFSET(zone.spanned_pages)", { "zone", "spanned_pages", true } },
	};

	for (size_t i = 0; vi && i < sizeof(checks) / sizeof(*checks); i++) {
		struct error ignored = { 0 };
		struct field f;
		u64 there;

		if (!vmcoreinfo_num(vi, checks[i].key, &there) ||
		    types_fields(t, &checks[i].row, 1, &f, &ignored) || !f.there)
			continue;
		if (there != (checks[i].row.member[0] ? f.off : f.size))
			return false;
	}
	return true;
}

int types_read_file(struct types *t, const struct kernel_file *file,
		    const struct vmcoreinfo *vi, struct error *err)
{
	struct error ignored = { 0 };
	Elf *elf = NULL;
	int ret;

	if (elf_version(EV_CURRENT) != EV_NONE)
		elf = elf_begin(file->fd, ELF_C_READ, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		ret = types_read_elf(t, elf, &ignored);
	else
		ret = types_read_raw(t, file->fd, &ignored);
	if (elf)
		elf_end(elf);
	if (!ret && types_match(t, vi))
		return 0;
	if (!ret) {
		error_set(err, "%s: it is of another kernel: give the vmlinux of this one",
			  file->name);
		return -ENOENT;
	}
	error_set(err, "%s: no types (BTF) can be read from it: give a vmlinux, or a copy of /sys/kernel/btf/vmlinux",
		  file->name);
	return ret == -ENOMEM ? ret : -ENOENT;
}

void types_free(struct types *t)
{
	if (t->btf)
		btf__free(t->btf);
	t->btf = NULL;
}

/* The type behind typedefs and qualifiers, or NULL. */
static const struct btf_type *types_strip(const struct types *t, u32 id)
{
	const struct btf_type *type = btf__type_by_id(t->btf, id);

	for (unsigned int i = 0; type && i < TYPES_DEPTH_MAX; i++) {
		if (!btf_is_mod(type) && !btf_is_typedef(type))
			return type;
		type = btf__type_by_id(t->btf, type->type);
	}
	return NULL;
}

/* Set size and count of a member by its type. */
static bool types_measure(const struct types *t, const struct btf_type *type, struct field *f)
{
	u64 count = 1;

	for (unsigned int i = 0; type && btf_is_array(type) && i < TYPES_DEPTH_MAX; i++) {
		count *= btf_array(type)->nelems;
		if (count > UINT32_MAX)
			return false;
		type = types_strip(t, btf_array(type)->type);
	}
	if (!type || btf_is_array(type))
		return false;
	f->count = (u32)count;
	if (btf_is_ptr(type))
		f->size = sizeof(u64);
	else if (btf_is_composite(type) || btf_is_int(type) || btf_is_any_enum(type))
		f->size = type->size;
	else
		return false;
	return true;
}

/*
 * Find the member whose name is the @len bytes at @name, in @type or in structures
 * without a name in it. Adds its offset to @f->off. Returns its type or NULL.
 */
static const struct btf_type *types_member(const struct types *t, const struct btf_type *type,
					   const char *name, size_t len, struct field *f,
					   unsigned int depth)
{
	const struct btf_member *m;

	if (!type || !btf_is_composite(type) || depth > TYPES_DEPTH_MAX)
		return NULL;
	m = btf_members(type);
	for (u32 i = 0; i < btf_vlen(type); i++, m++) {
		const char *its = btf__name_by_offset(t->btf, m->name_off);
		u32 bits = btf_member_bit_offset(type, i);
		const struct btf_type *inner;
		u32 before = f->off;

		if (!its || bits % 8 || btf_member_bitfield_size(type, i))
			continue;
		f->off += bits / 8;
		if (!*its) {
			inner = types_member(t, types_strip(t, m->type), name, len, f, depth + 1);
			if (inner)
				return inner;
		} else if (!strncmp(its, name, len) && !its[len]) {
			return types_strip(t, m->type);
		}
		f->off = before;
	}
	return NULL;
}

/* The structure or union @name, or NULL. This goes through all types. */
static const struct btf_type *types_find(const struct types *t, const char *name)
{
	s32 id = btf__find_by_name_kind(t->btf, name, BTF_KIND_STRUCT);

	if (id < 0)
		id = btf__find_by_name_kind(t->btf, name, BTF_KIND_UNION);
	return id > 0 ? btf__type_by_id(t->btf, (u32)id) : NULL;
}

static void types_find_field(const struct types *t, const struct btf_type *type,
			     const char *name, struct field *f)
{
	*f = (struct field){ 0 };
	while (type && *name) {
		size_t len = strcspn(name, ".");

		type = types_member(t, type, name, len, f, 0);
		name += len + (name[len] == '.');
	}
	f->there = type && types_measure(t, type, f);
}

/* Row @nr is the first one of its structure. */
static bool types_is_first(const struct field_row *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(rows[i].type, rows[nr].type))
			return false;
	return true;
}

int types_fields(const struct types *t, const struct field_row *rows, size_t nr,
		 struct field *fields, struct error *err)
{
	for (size_t i = 0; i < nr; i++) {
		const struct btf_type *type;

		if (!types_is_first(rows, i))
			continue;
		type = types_find(t, rows[i].type);
		for (size_t j = i; j < nr; j++)
			if (!strcmp(rows[j].type, rows[i].type))
				types_find_field(t, type, rows[j].member, &fields[j]);
	}
	for (size_t i = 0; i < nr; i++) {
		if (fields[i].there || rows[i].optional)
			continue;
		error_set(err, "the kernel's types (BTF) have no %s%s%s: give those of this kernel with --btf",
			  rows[i].type, *rows[i].member ? "." : "", rows[i].member);
		return -ENOENT;
	}
	return 0;
}
