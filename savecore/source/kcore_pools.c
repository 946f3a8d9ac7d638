// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * kcore_pools.c - find out how the running kernel marks compressed user memory.
 *
 * The pages of zram and of most zswap pools belong to zsmalloc. Before 6.17 they
 * are movable pages. Since 6.12 they have a page type, in the highest byte of
 * the word (enum pagetype in include/linux/page-flags.h). Its value is not in
 * VMCOREINFO, but the kernel's type information (BTF) has it.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kcore_pools.h"
#include "port/procfile.h"

static int pools_print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/*
 * Set *@found to the value of the enumerator @name of the enum @type, or to 0. Returns
 * -ENOMEM if there is no memory to look.
 */
static int pools_btf_value(const char *path, const char *type, const char *name, u32 *found)
{
	const struct btf_type *t = NULL;
	const struct btf_enum *e;
	struct btf *btf;
	u32 value = 0;
	int id;

	libbpf_set_print(pools_print_nothing);
	btf = btf__parse_raw(path);
	*found = 0;
	if (!btf)
		return errno == ENOMEM ? -ENOMEM : 0;
	id = btf__find_by_name_kind(btf, type, BTF_KIND_ENUM);
	if (id > 0)
		t = btf__type_by_id(btf, (u32)id);
	for (unsigned int i = 0; t && i < btf_vlen(t); i++) {
		e = btf_enum(t) + i;
		if (!strcmp(btf__name_by_offset(btf, e->name_off), name))
			value = (u32)e->val;
	}
	btf__free(btf);
	*found = value;
	return 0;
}

/* What zswap holds although it is off by now. Kernels before 5.19 do not say. */
static bool pools_zswap_full(const char *meminfo)
{
	char text[PROCFILE_MAX];
	u64 kib;

	procfile_read(meminfo, text, sizeof(text));
	return !procfile_number(text, "Zswap:", " kB\n", &kib) || kib;
}

/* Whether zswap may have pages in zbud. Only kernels that have zbud let the pool be chosen. */
static bool pools_zbud_used(const struct kcore_pools_files *files)
{
	char path[256], on[8];

	snprintf(path, sizeof(path), "%s/zpool", files->zswap);
	if (access(path, F_OK))
		return false;
	snprintf(path, sizeof(path), "%s/enabled", files->zswap);
	return procfile_read(path, on, sizeof(on)) || on[0] == 'Y' ||
	       pools_zswap_full(files->meminfo);
}

int kcore_pools_find(struct kcore_pools *pools, const struct ld_source *src,
		     const struct kcore_pools_files *files)
{
	u32 value;
	int rc = pools_btf_value(files->btf, "pagetype", "PGTY_zsmalloc", &value);

	memset(pools, 0, sizeof(*pools));
	if (rc)
		return rc;
	/* A mapcount has none of these values. */
	if (value >= 0xf0 && value < 0xff)
		pools->zsmalloc = value;
	if (pools_zbud_used(files)) {
		pools->direct_start = src->system.page_offset;
		pools->direct_end = src->system.page_offset + (src->max_pfn << src->page_shift);
	}
	return 0;
}
