// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kernel.c - find out about a kernel.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "kernel.h"
#include "waitgraph/symbols/kallsyms.h"
#include "waitgraph/symbols/symbols_file.h"

static int kernel_add_region(struct kernel *k, const char *start, const char *end, bool text)
{
	struct symbols_region region = { .text = text };

	if (!symbols_find(&k->symbols, start, &region.start) ||
	    !symbols_find(&k->symbols, end, &region.end))
		return 0;
	return symbols_add_region(&k->symbols, &region);
}

/* Functions lie between _stext and _etext, and all else behind, to _end. */
static int kernel_read_symbols(struct kernel *k, const struct vmcoreinfo *vi,
			       const struct kernel_file *file, struct error *err)
{
	int ret = file->name ? symbols_file_read(file, vi, &k->symbols, err) :
			       kallsyms_read(k->m, vi, &k->symbols, err);

	if (ret)
		return ret;
	ret = symbols_sort(&k->symbols);
	if (!ret)
		ret = kernel_add_region(k, "_stext", "_etext", true);
	if (!ret)
		ret = kernel_add_region(k, "_etext", "_end", false);
	return ret;
}

static void kernel_find_tables(struct kernel *k)
{
	u64 ips_end;

	if (!symbols_find(&k->symbols, "__start_orc_unwind_ip", &k->orc.ips) ||
	    !symbols_find(&k->symbols, "__stop_orc_unwind_ip", &ips_end) ||
	    !symbols_find(&k->symbols, "__start_orc_unwind", &k->orc.entries) ||
	    ips_end <= k->orc.ips)
		return;
	k->orc.nr = (ips_end - k->orc.ips) / sizeof(s32);
	k->orc_layout = orc_recognize(k->m, &k->orc);
}

int kernel_open(struct kernel *k, struct memory *m, const struct vmcoreinfo *vi,
		const struct kernel_files *files, struct error *err)
{
	int ret;

	*k = (struct kernel){ .m = m };
	ret = kernel_read_symbols(k, vi, &files->symbols, err);
	if (!ret && files->types.name)
		ret = types_read_file(&k->types, &files->types, vi, err);
	else if (!ret)
		ret = types_read(&k->types, m, &k->symbols, err);
	if (!ret)
		ret = modules_read(&k->modules, m, &k->types, &k->symbols, err);
	if (!ret)
		ret = symbols_sort(&k->symbols);
	if (!ret)
		kernel_find_tables(k);
	else
		error_set(err, "the kernel's symbols: %s", strerror(-ret));
	return ret;
}

void kernel_close(struct kernel *k)
{
	symbols_free(&k->symbols);
	types_free(&k->types);
	modules_free(&k->modules);
}

int kernel_find_orc(const struct kernel *k, u64 ip, struct orc_entry *entry)
{
	const struct module_info *module;
	struct symbol_at at;

	if (!symbols_is_text(&k->symbols, ip))
		return -EFAULT;
	if (!symbols_at(&k->symbols, ip, &at) || !at.module)
		return orc_find(k->m, k->orc_layout, &k->orc, ip, entry);
	module = &k->modules.all[at.module - 1];
	return orc_find(k->m, k->orc_layout,
			&(struct orc_table){ module->orc_ip, module->orc, module->nr_orc },
			ip, entry);
}

/* Format what lies in @symbol at @offset. */
static void kernel_format(const char *symbol, u64 offset, const char *module,
			  char buf[KERNEL_PLACE_SIZE])
{
	char plain[KERNEL_PLACE_SIZE], number[24] = "";

	if (offset)
		snprintf(number, sizeof(number), "+0x%" PRIx64, (uint64_t)offset);
	snprintf(plain, sizeof(plain), "%s%s%s%s%s", symbol, number, module ? " [" : "",
		 module ? module : "", module ? "]" : "");
	escape_text(buf, KERNEL_PLACE_SIZE, plain);
}

const char *kernel_place(const struct kernel *k, u64 addr, bool exact,
			 char buf[KERNEL_PLACE_SIZE])
{
	struct symbol_at at;

	if (symbols_at(&k->symbols, exact ? addr : addr - 1, &at))
		kernel_format(at.name, at.offset + !exact, modules_name(&k->modules, at.module),
			      buf);
	else
		snprintf(buf, KERNEL_PLACE_SIZE, "0x%" PRIx64, (uint64_t)addr);
	return buf;
}

const char *kernel_data(const struct kernel *k, u64 addr, char buf[KERNEL_PLACE_SIZE])
{
	struct symbol_at at;

	if (symbols_at(&k->symbols, addr, &at))
		kernel_format(at.name, at.offset, NULL, buf);
	else
		snprintf(buf, KERNEL_PLACE_SIZE, "0x%" PRIx64, (uint64_t)addr);
	return buf;
}
