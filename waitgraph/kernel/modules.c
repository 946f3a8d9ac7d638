// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * modules.c - walk the list of modules. A module has its own copy of its ELF symbols,
 * with addresses.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "modules.h"

#define MODULES_SYMBOLS_MAX	(1U << 20)	/* of one module */
#define MODULES_MEM_TEXT	0U		/* MOD_TEXT and MOD_INIT_TEXT of Linux */
#define MODULES_MEM_INIT_TEXT	4U
#define MODULES_MEM_MAX		16U
#define MODULES_SIZE_MAX	(1ULL << 30)	/* bytes of one part of a module */

enum module_field {
	MODULE_LIST, MODULE_NAME, MODULE_KALLSYMS, MODULE_ORC_IP, MODULE_ORC, MODULE_NR_ORC,
	MODULE_MEM, MODULE_MEM_BASE, MODULE_MEM_SIZE,
	MODULE_CORE, MODULE_INIT, MODULE_LAYOUT_BASE, MODULE_LAYOUT_SIZE,
	MODULE_SYMTAB, MODULE_NR_SYMTAB, MODULE_STRTAB,
	NR_MODULE_FIELDS
};

static const struct field_row module_rows[NR_MODULE_FIELDS] = {
	[MODULE_LIST] = { "module", "list", false },
	[MODULE_NAME] = { "module", "name", false },
	[MODULE_KALLSYMS] = { "module", "kallsyms", true },
	[MODULE_ORC_IP] = { "module", "arch.orc_unwind_ip", true },
	[MODULE_ORC] = { "module", "arch.orc_unwind", true },
	[MODULE_NR_ORC] = { "module", "arch.num_orcs", true },
	/* Since Linux 6.4 */
	[MODULE_MEM] = { "module", "mem", true },
	[MODULE_MEM_BASE] = { "module_memory", "base", true },
	[MODULE_MEM_SIZE] = { "module_memory", "size", true },
	/* Before it */
	[MODULE_CORE] = { "module", "core_layout", true },
	[MODULE_INIT] = { "module", "init_layout", true },
	[MODULE_LAYOUT_BASE] = { "module_layout", "base", true },
	[MODULE_LAYOUT_SIZE] = { "module_layout", "size", true },
	[MODULE_SYMTAB] = { "mod_kallsyms", "symtab", true },
	[MODULE_NR_SYMTAB] = { "mod_kallsyms", "num_symtab", true },
	[MODULE_STRTAB] = { "mod_kallsyms", "strtab", true },
};

/* What reading modules needs. */
struct module_reader {
	struct memory *m;
	struct symbols *s;
	struct field fields[NR_MODULE_FIELDS];
};

static int module_add_region(struct module_reader *r, u64 at, enum module_field base,
			     enum module_field size, u32 number, bool text)
{
	struct symbols_region region = { .module = number, .text = text };
	u64 bytes;

	if (field_read(r->m, at, &r->fields[base], &region.start) ||
	    field_read(r->m, at, &r->fields[size], &bytes) || bytes > MODULES_SIZE_MAX ||
	    region.start + bytes < region.start)
		return 0;
	region.end = region.start + bytes;
	return symbols_add_region(r->s, &region);
}

/* Before Linux 6.4 a module has its functions and its data in one piece. */
static int module_add_regions(struct module_reader *r, u64 mod, u32 number)
{
	const struct field *mem = &r->fields[MODULE_MEM];
	int ret = 0;

	for (u32 i = 0; mem->there && i < mem->count && i < MODULES_MEM_MAX && !ret; i++)
		ret = module_add_region(r, mod + mem->off + (u64)i * mem->size, MODULE_MEM_BASE,
					MODULE_MEM_SIZE, number,
					i == MODULES_MEM_TEXT || i == MODULES_MEM_INIT_TEXT);
	if (!ret && r->fields[MODULE_CORE].there)
		ret = module_add_region(r, mod + r->fields[MODULE_CORE].off, MODULE_LAYOUT_BASE,
					MODULE_LAYOUT_SIZE, number, true);
	if (!ret && r->fields[MODULE_INIT].there)
		ret = module_add_region(r, mod + r->fields[MODULE_INIT].off, MODULE_LAYOUT_BASE,
					MODULE_LAYOUT_SIZE, number, true);
	return ret;
}

static int module_add_symbols(struct module_reader *r, u64 mod, u32 number, bool *torn)
{
	u64 kallsyms, symtab, nr, strtab;
	char name[SYMBOLS_NAME_MAX];
	int ret = 0;

	*torn = true;
	if (!r->fields[MODULE_KALLSYMS].there ||
	    field_read(r->m, mod, &r->fields[MODULE_KALLSYMS], &kallsyms) ||
	    field_read(r->m, kallsyms, &r->fields[MODULE_SYMTAB], &symtab) ||
	    field_read(r->m, kallsyms, &r->fields[MODULE_NR_SYMTAB], &nr) ||
	    field_read(r->m, kallsyms, &r->fields[MODULE_STRTAB], &strtab) ||
	    nr > MODULES_SYMBOLS_MAX)
		return 0;
	for (u64 i = 0; i < nr && !ret; i++) {
		Elf64_Sym sym;

		if (memory_read(r->m, symtab + i * sizeof(sym), &sym, sizeof(sym)))
			return 0;
		if (!sym.st_name || sym.st_shndx == SHN_UNDEF)
			continue;
		if (memory_string(r->m, strtab + sym.st_name, name, sizeof(name)))
			return 0;
		ret = symbols_add(r->s, sym.st_value, name, strlen(name), number);
	}
	*torn = false;
	return ret;
}

static void module_read_orc(struct module_reader *r, u64 mod, struct module_info *info)
{
	const struct field *f = r->fields;

	if (f[MODULE_ORC_IP].there && f[MODULE_ORC].there && f[MODULE_NR_ORC].there &&
	    !field_read(r->m, mod, &f[MODULE_ORC_IP], &info->orc_ip) &&
	    !field_read(r->m, mod, &f[MODULE_ORC], &info->orc) &&
	    !field_read(r->m, mod, &f[MODULE_NR_ORC], &info->nr_orc))
		return;
	info->nr_orc = 0;
}

static int module_read(struct module_reader *r, struct modules *mods, u64 mod)
{
	struct module_info *info, *grown;
	int ret;

	grown = realloc(mods->all, (mods->nr + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	mods->all = grown;
	info = &grown[mods->nr];
	*info = (struct module_info){ 0 };
	if (memory_string(r->m, mod + r->fields[MODULE_NAME].off, info->name,
			  sizeof(info->name)))
		return -EFAULT;
	module_read_orc(r, mod, info);
	mods->nr++;
	ret = module_add_regions(r, mod, mods->nr);
	return ret ? ret : module_add_symbols(r, mod, mods->nr, &info->torn);
}

int modules_read(struct modules *mods, struct memory *m, const struct types *t,
		 struct symbols *s, struct error *err)
{
	struct module_reader r = { .m = m, .s = s };
	u64 head, at;
	int ret;

	*mods = (struct modules){ 0 };
	if (!symbols_find(s, "modules", &head))
		return 0;	/* a kernel without modules */
	ret = types_fields(t, module_rows, NR_MODULE_FIELDS, r.fields, err);
	if (ret)
		return ret;
	ret = memory_u64(m, head, &at);
	while (!ret && at != head && mods->nr < MODULES_MAX) {
		ret = module_read(&r, mods, at - r.fields[MODULE_LIST].off);
		if (!ret)
			ret = memory_u64(m, at, &at);
	}
	mods->torn = ret == -EFAULT || at != head;
	if (ret == -ENOMEM || ret == -E2BIG) {
		error_set(err, "the symbols of modules: %s: take another dump", strerror(-ret));
		return ret;
	}
	return 0;
}

void modules_free(struct modules *mods)
{
	free(mods->all);
	*mods = (struct modules){ 0 };
}

const char *modules_name(const struct modules *mods, u32 module)
{
	return module && module <= mods->nr ? mods->all[module - 1].name : NULL;
}

u32 modules_unreadable(const struct modules *mods)
{
	u32 nr = mods->torn;

	for (u32 i = 0; i < mods->nr; i++)
		nr += mods->all[i].torn;
	return nr;
}
