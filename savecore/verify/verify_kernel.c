// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_kernel.c - check the kernel in a dump. Debuggers find all memory by the
 * page tables in the dump: these must lead to init_uts_ns, and to the kernel
 * image with its banner.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dumpfile/frames/translate.h"
#include "verify_kernel.h"

/* Addresses for the image of an x86-64 kernel, from _stext on: KERNEL_IMAGE_SIZE at most. */
#define SCAN_BYTES	(1ULL << 30)
#define UTS_LEN		65U		/* a field of struct new_utsname */

/* OFFSET(uts_namespace.name) in kernels that do not say: only a struct kref is before it. */
#define UTS_NAME_OLD	4U

struct kernel_check {
	const struct dumpfile *d;
	const struct utsname *running;
	struct error *err;
	struct translation memory;
	u64 uts;		/* virtual address of the name in init_uts_ns */
	u64 stext;		/* virtual address of the kernel image */
};

static int kernel_find_symbols(struct kernel_check *k)
{
	static const char *const keys[] = {
		"SYMBOL(swapper_pg_dir)", "SYMBOL(init_uts_ns)", "SYMBOL(_stext)",
	};
	const struct vmcoreinfo *vi = &k->d->notes.vmcoreinfo;
	u64 value[3], off;
	size_t len;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!vmcoreinfo_hex(vi, keys[i], &value[i]))
			return dumpfile_bad(&k->d->file, k->err, "its VMCOREINFO has no %s",
					    keys[i]);
	if (!vmcoreinfo_find(vi, "OFFSET(uts_namespace.name)", &len))
		off = UTS_NAME_OLD;
	else if (!vmcoreinfo_num(vi, "OFFSET(uts_namespace.name)", &off))
		return dumpfile_bad(&k->d->file, k->err,
				    "OFFSET(uts_namespace.name) in its VMCOREINFO is not a number");
	k->uts = value[1] + off;
	k->stext = value[2];
	return 0;
}

static int kernel_compare_name(const struct kernel_check *k, const char *what, const char *found,
			       const char *want)
{
	if (!want || !strcmp(found, want))
		return 0;
	return dumpfile_bad(&k->d->file, k->err,
			    "its kernel has the %s '%.65s', not '%.65s'", what, found,
			    want);
}

/* Compare the name in memory with the header, the notes and the running kernel. */
static int kernel_check_uts(struct kernel_check *k)
{
	static const char *const what[6] = { [2] = "release", [3] = "version", [4] = "machine" };
	const struct dumpfile *d = k->d;
	const char *now[6] = { 0 };
	char raw[6 * UTS_LEN];
	char uts[UTS_LEN + 1];
	int ret;

	ret = translate_read(&k->memory, k->uts, raw, sizeof(raw), "init_uts_ns", k->err);
	if (ret)
		return ret;
	if (k->running) {
		now[2] = k->running->release;
		now[3] = k->running->version;
		now[4] = k->running->machine;
	}
	for (unsigned int i = 2; i < 5 && !ret; i++) {
		memcpy(uts, raw + i * UTS_LEN, UTS_LEN);
		uts[UTS_LEN] = '\0';
		ret = kernel_compare_name(k, what[i], uts, d->has_uts ? d->uts[i] : NULL);
		if (!ret && i == 2)
			ret = kernel_compare_name(k, what[i], uts, d->notes.release);
		if (!ret)
			ret = kernel_compare_name(k, what[i], uts, now[i]);
	}
	return ret;
}

/*
 * Read the page at @at to @buf. Returns 1, 0 if it is not mapped or not in the dump,
 * or a negative errno. Sets *@at to the next address to try; 0: there is none.
 */
static int kernel_read_page(struct kernel_check *k, u64 *at, char *buf)
{
	size_t page = dumpfile_page_size(k->d);
	struct error why = { 0 };
	u64 here = *at;
	int ret;

	ret = dumpfile_cancelled(&k->d->file);
	if (!ret)
		ret = translate_next(&k->memory, here, at, k->err);
	if (ret <= 0)
		return ret;
	ret = translate_read(&k->memory, here, buf, page, "the kernel image", &why);
	if (!ret)
		return 1;
	if (ret == -EBADMSG)
		return 0;
	error_take(k->err, NULL, &why);
	return ret;
}

/* Look for the banner page by page, to the end of the image; it may span two pages. */
static int kernel_scan(struct kernel_check *k, const char *banner, size_t len, char *buf)
{
	size_t page = dumpfile_page_size(k->d), carry = 0;
	u64 start = k->stext & ~(u64)(page - 1), at = start;
	int ret;

	while (at >= start && at - start < SCAN_BYTES) {
		ret = kernel_read_page(k, &at, buf + carry);
		if (ret < 0)
			return ret;
		if (!ret) {
			carry = 0;
			continue;
		}
		if (memmem(buf, carry + page, banner, len))
			return 0;
		memmove(buf, buf + carry + page - (len - 1), len - 1);
		carry = len - 1;
	}
	return dumpfile_bad(&k->d->file, k->err, "its kernel image does not contain '%s'",
			    banner);
}

static int kernel_find_banner(struct kernel_check *k)
{
	char banner[UTS_LEN + 32];
	size_t len;
	char *buf;
	int ret;

	len = (size_t)snprintf(banner, sizeof(banner), "Linux version %s (", k->d->notes.release);
	buf = malloc(dumpfile_page_size(k->d) + sizeof(banner));
	if (!buf)
		return dumpfile_no_memory(&k->d->file, k->err);
	ret = kernel_scan(k, banner, len, buf);
	free(buf);
	return ret;
}

int verify_kernel(const struct dumpfile *d, const struct utsname *running, struct error *err)
{
	struct kernel_check k = { .d = d, .running = running, .err = err };
	int ret;

	ret = kernel_find_symbols(&k);
	if (!ret)
		ret = translation_open(&k.memory, d, err);
	if (!ret)
		ret = kernel_check_uts(&k);
	if (!ret)
		ret = kernel_find_banner(&k);
	translation_close(&k.memory);
	return ret;
}
