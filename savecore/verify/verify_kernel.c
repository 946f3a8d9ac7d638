// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * verify_kernel.c - whether a dump that is verified is of a kernel, and of the
 * right one. Debuggers find everything through the page tables in the dump;
 * so these are walked, one level after the other, to init_uts_ns and through
 * the kernel image to its banner. libkdumpfile's direct ways to the same
 * memory, by the offset of the direct map or the image, are not taken.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify_impl.h"

#define SCAN_BYTES	(64ULL << 20)	/* from _stext on; the banner is in .rodata */
#define UTS_LEN		65U		/* a field of struct new_utsname */

struct kernel {
	const struct verify *v;
	kdump_ctx_t *ctx;
	addrxlat_ctx_t *axctx;
	addrxlat_sys_t *axsys;
	const addrxlat_meth_t *pgt;
	u64 uts;		/* virtual addresses */
	u64 stext;
};

static int find_symbols(struct kernel *k)
{
	static const char *const keys[] = {
		"SYMBOL(swapper_pg_dir)", "SYMBOL(init_uts_ns)", "SYMBOL(_stext)",
	};
	const struct vmcoreinfo *vi = &k->v->vmcoreinfo;
	u64 value[3], off;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!vmcoreinfo_hex(vi, keys[i], &value[i]))
			return verify_bad(k->v, "VMCOREINFO has no %s", keys[i]);
	if (!vmcoreinfo_num(vi, "OFFSET(uts_namespace.name)", &off))
		return verify_bad(k->v, "VMCOREINFO has no OFFSET(uts_namespace.name)");
	k->uts = value[1] + off;
	k->stext = value[2];
	return 0;
}

static int open_tables(struct kernel *k)
{
	if (kdump_set_string_attr(k->ctx, KDUMP_ATTR_OSTYPE, "linux") != KDUMP_OK ||
	    kdump_get_addrxlat(k->ctx, &k->axctx, &k->axsys) != KDUMP_OK)
		return verify_bad(k->v, "its page tables cannot be used: %.150s",
				  kdump_get_err(k->ctx));
	k->pgt = addrxlat_sys_get_meth(k->axsys, ADDRXLAT_SYS_METH_PGT);
	if (!k->pgt || k->pgt->kind != ADDRXLAT_PGT)
		return verify_bad(k->v, "its page tables cannot be found");
	return 0;
}

/* Where @vaddr is. What keeps it from being found is what addrxlat says. */
static bool walk(const struct kernel *k, u64 vaddr, addrxlat_fulladdr_t *paddr)
{
	addrxlat_step_t step = { .ctx = k->axctx, .sys = k->axsys, .meth = k->pgt };
	addrxlat_status st;

	addrxlat_ctx_clear_err(k->axctx);
	st = addrxlat_launch(&step, vaddr);
	while (st == ADDRXLAT_OK && step.remain)
		st = addrxlat_step(&step);
	*paddr = step.base;
	return st == ADDRXLAT_OK;
}

/* @len bytes at @vaddr that lie in one page. */
static bool read_in_page(const struct kernel *k, u64 vaddr, void *buf, size_t len)
{
	addrxlat_fulladdr_t paddr;

	return walk(k, vaddr, &paddr) &&
	       kdump_read(k->ctx, (kdump_addrspace_t)paddr.as, paddr.addr, buf, &len) == KDUMP_OK;
}

static int read_uts(const struct kernel *k, char *uts, size_t size)
{
	const struct verify *v = k->v;
	size_t done = 0;

	while (done < size) {
		u64 at = k->uts + done;
		size_t n = v->page - (at & (v->page - 1));
		addrxlat_fulladdr_t paddr;

		if (n > size - done)
			n = size - done;
		if (!walk(k, at, &paddr))
			return verify_bad(v, "its page tables do not lead to init_uts_ns: %.150s",
					  addrxlat_ctx_get_err(k->axctx));
		if (!read_in_page(k, at, uts + done, n))
			return verify_bad(v, "init_uts_ns cannot be read: %.150s",
					  kdump_get_err(k->ctx));
		done += n;
	}
	return 0;
}

static int compare(const struct kernel *k, const char *what, const char *found, const char *want)
{
	if (!want || !strcmp(found, want))
		return 0;
	return verify_bad(k->v, "the %s of the kernel in it is '%.65s', not '%.65s'", what, found,
			  want);
}

/* The names in memory, in the header, in the notes and of the running kernel. */
static int check_uts(const struct kernel *k)
{
	static const char *const what[6] = { [2] = "release", [3] = "version", [4] = "machine" };
	const struct utsname *running = k->v->opt->running;
	const char *now[6] = { 0 };
	char uts[6][UTS_LEN + 1];
	char raw[6 * UTS_LEN];
	int ret;

	ret = read_uts(k, raw, sizeof(raw));
	if (ret)
		return ret;
	if (running) {
		now[2] = running->release;
		now[3] = running->version;
		now[4] = running->machine;
	}
	for (unsigned int i = 0; i < 6; i++) {
		memcpy(uts[i], raw + i * UTS_LEN, UTS_LEN);
		uts[i][UTS_LEN] = '\0';
	}
	for (unsigned int i = 2; i < 5 && !ret; i++) {
		ret = compare(k, what[i], uts[i], k->v->uts[i]);
		if (!ret && i == 2)
			ret = compare(k, what[i], uts[i], k->v->report->release);
		if (!ret)
			ret = compare(k, what[i], uts[i], now[i]);
	}
	return ret;
}

/* Look for the banner page by page. It may go on in the next. */
static int find_banner(const struct kernel *k)
{
	const struct verify *v = k->v;
	size_t page = v->page, len, carry = 0;
	char banner[UTS_LEN + 32];
	char *buf;
	int ret = 0;

	len = (size_t)snprintf(banner, sizeof(banner), "Linux version %s (", v->report->release);
	buf = malloc(page + sizeof(banner));
	if (!buf)
		return verify_no_memory(v);
	for (u64 off = 0; off < SCAN_BYTES; off += page) {
		ret = verify_cancelled(v);
		if (ret)
			goto out;
		if (!read_in_page(k, (k->stext & ~(u64)(page - 1)) + off, buf + carry, page)) {
			carry = 0;
			continue;
		}
		if (memmem(buf, carry + page, banner, len))
			goto out;
		memmove(buf, buf + carry + page - (len - 1), len - 1);
		carry = len - 1;
	}
	ret = verify_bad(v, "'%s' is not in the kernel image in it", banner);
out:
	free(buf);
	return ret;
}

int verify_kernel(struct verify *v)
{
	struct kernel k = { .v = v };
	int ret;

	ret = find_symbols(&k);
	if (!ret)
		ret = verify_context(v, &k.ctx);
	if (!ret)
		ret = open_tables(&k);
	if (!ret)
		ret = check_uts(&k);
	if (!ret)
		ret = find_banner(&k);
	if (k.axctx)
		addrxlat_ctx_decref(k.axctx);
	if (k.axsys)
		addrxlat_sys_decref(k.axsys);
	if (k.ctx)
		kdump_free(k.ctx);
	return ret;
}
