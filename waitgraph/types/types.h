/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * types.h - where members are in the structures of a kernel, by its BTF.
 */
#ifndef LIVEDUMP_WAITGRAPH_TYPES_H
#define LIVEDUMP_WAITGRAPH_TYPES_H

#include "base/error.h"
#include "core/format/vmcoreinfo.h"
#include "waitgraph/memory/memory.h"
#include "waitgraph/symbols/kernel_file.h"
#include "waitgraph/symbols/symbols.h"

struct btf;

struct types {
	struct btf *btf;
};

/* A member of a structure. */
struct field {
	u32 off;			/* bytes from the beginning of the structure */
	u32 size;			/* bytes */
	u32 count;			/* elements, of an array; else 1 */
	bool there;			/* the structure has it */
};

/* Asks for a member: "se.exec_start" is exec_start in the member se. */
struct field_row {
	const char *type;		/* of a struct or union, without that word */
	const char *member;		/* "": the structure itself, for its size */
	bool optional;
};

/*
 * Where the types are in memory, in bytes. Returns 0, or -ENOENT and sets @err if the kernel
 * has none.
 */
int types_where(const struct symbols *s, u64 *start, u64 *size, struct error *err);

/*
 * Read the types from memory between __start_BTF and __stop_BTF, or from @file, which
 * must fit to @vi; NULL: it is known to. Returns 0, or a negative errno and sets @err.
 */
int types_read(struct types *t, struct memory *m, const struct symbols *s, struct error *err);
int types_read_file(struct types *t, const struct kernel_file *file,
		    const struct vmcoreinfo *vi, struct error *err);

/* From @size bytes at @data, which are not needed afterwards. */
int types_parse(struct types *t, const void *data, size_t size, struct error *err);
void types_free(struct types *t);

/*
 * Look up @nr members. Returns 0, or -ENOENT and sets @err if one is missing that is
 * not optional.
 */
int types_fields(const struct types *t, const struct field_row *rows, size_t nr,
		 struct field *fields, struct error *err);

/* Read the number in member @f of the structure at @base. Returns 0 or -EFAULT. */
static inline int field_read(struct memory *m, u64 base, const struct field *f, u64 *value)
{
	return memory_number(m, base + f->off, f->size, value);
}

#endif
