// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * oldinfo - a test module that takes from VMCOREINFO the lines that Linux 4.19
 * does not have: their first letter becomes another one. /proc/kcore shows it so
 * as long as the kernel runs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/string.h>

static const char *const oldinfo_keys[] = {
	"NUMBER(SECTION_SIZE_BITS)", "NUMBER(MAX_PHYSMEM_BITS)", "OFFSET(uts_namespace.name)",
};

/* kallsyms_lookup_name() is not exported, but can be probed. */
static unsigned long (*oldinfo_find_lookup(void))(const char *name)
{
	struct kprobe probe = { .symbol_name = "kallsyms_lookup_name" };
	unsigned long addr;

	if (register_kprobe(&probe))
		return NULL;
	addr = (unsigned long)probe.addr;
	unregister_kprobe(&probe);
	return (void *)addr;
}

static int __init oldinfo_init(void)
{
	unsigned long (*lookup)(const char *name) = oldinfo_find_lookup();
	unsigned char **data;
	size_t *size, i;

	if (!lookup)
		return -ENOENT;
	data = (unsigned char **)lookup("vmcoreinfo_data");
	size = (size_t *)lookup("vmcoreinfo_size");
	if (!data || !size)
		return -ENOENT;
	for (i = 0; i < ARRAY_SIZE(oldinfo_keys); i++) {
		char *at = strnstr((char *)*data, oldinfo_keys[i], *size);

		if (at)
			*at = 'x';
	}
	return 0;
}

static void __exit oldinfo_exit(void)
{
}

module_init(oldinfo_init);
module_exit(oldinfo_exit);

MODULE_DESCRIPTION("takes from VMCOREINFO what old kernels do not have");
MODULE_LICENSE("Dual BSD/GPL");
