// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * translate.c - walk the page tables in a dump with libaddrxlat.
 *
 * libkdumpfile itself would find memory by the offset of the direct map or of the
 * kernel image. This is not used: a dump whose page tables are missing must not
 * look good.
 */
#include <errno.h>

#include "translate.h"

int translation_open(struct translation *t, const struct dumpfile *d, struct error *err)
{
	kdump_ctx_t *ctx;
	int ret;

	*t = (struct translation){ 0 };
	ret = frame_reader_open(&t->reader, d, err);
	if (ret)
		return ret;
	ctx = t->reader.ctx;
	if (kdump_set_string_attr(ctx, KDUMP_ATTR_OSTYPE, "linux") != KDUMP_OK ||
	    kdump_get_addrxlat(ctx, &t->ctx, &t->sys) != KDUMP_OK)
		return dumpfile_bad(&d->file, err, "its page tables cannot be used: %.150s",
				    kdump_get_err(ctx));
	t->tables = addrxlat_sys_get_meth(t->sys, ADDRXLAT_SYS_METH_PGT);
	if (!t->tables || t->tables->kind != ADDRXLAT_PGT)
		return dumpfile_bad(&d->file, err, "its page tables cannot be found");
	return 0;
}

void translation_close(struct translation *t)
{
	if (t->ctx)
		addrxlat_ctx_decref(t->ctx);
	if (t->sys)
		addrxlat_sys_decref(t->sys);
	t->ctx = NULL;
	t->sys = NULL;
	frame_reader_close(&t->reader);
}

/* After an error, replace libkdumpfile's context and everything that depends on it. */
static int translation_refresh(struct translation *t, struct error *err)
{
	const struct dumpfile *d = t->reader.d;
	int ret;

	if (!t->reader.spoilt)
		return 0;
	translation_close(t);
	ret = translation_open(t, d, err);
	t->reader.spoilt = ret;
	return ret;
}

/*
 * Translate @vaddr. Returns NULL, or why it cannot be translated: a text that is
 * valid until the next call.
 */
static const char *translation_walk_tables(struct translation *t, u64 vaddr,
					   addrxlat_fulladdr_t *paddr)
{
	addrxlat_step_t step = { .ctx = t->ctx, .sys = t->sys, .meth = t->tables };
	addrxlat_status st;

	addrxlat_ctx_clear_err(t->ctx);
	st = addrxlat_launch(&step, vaddr);
	while (st == ADDRXLAT_OK && step.remain)
		st = addrxlat_step(&step);
	*paddr = step.base;
	if (st == ADDRXLAT_OK)
		return NULL;
	/* A page table could not be read: see frame_reader_copy(). */
	if (st != ADDRXLAT_ERR_NOTPRESENT)
		t->reader.spoilt = true;
	return addrxlat_ctx_get_err(t->ctx);
}

int translate_read(struct translation *t, u64 vaddr, void *buf, size_t len, const char *what,
		   struct error *err)
{
	const struct dumpfile *d = t->reader.d;
	size_t page = dumpfile_page_size(d), done = 0;

	while (done < len) {
		u64 at = vaddr + done;
		size_t n = page - (at & (page - 1));
		addrxlat_fulladdr_t paddr;
		const char *why;
		int ret;

		if (n > len - done)
			n = len - done;
		ret = translation_refresh(t, err);
		if (ret)
			return ret;
		why = translation_walk_tables(t, at, &paddr);
		if (why)
			return dumpfile_bad(&d->file, err,
					    "its page tables do not lead to %s: %.150s", what, why);
		why = frame_reader_copy(&t->reader, (kdump_addrspace_t)paddr.as, paddr.addr,
					(u8 *)buf + done, n);
		if (why)
			return dumpfile_bad(&d->file, err, "%s cannot be read: %.150s", what, why);
		done += n;
	}
	return 0;
}
