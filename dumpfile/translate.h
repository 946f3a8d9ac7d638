/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * translate.h - memory at virtual addresses of the kernel in a dump, found by
 * the page tables in it. Not for several threads: each needs its own.
 */
#ifndef LIVEDUMP_DUMPFILE_TRANSLATE_H
#define LIVEDUMP_DUMPFILE_TRANSLATE_H

#include "frames.h"

struct translation {
	struct frame_reader reader;
	addrxlat_ctx_t *ctx;
	addrxlat_sys_t *sys;
	const addrxlat_meth_t *tables;	/* the kernel's page tables; sys has them */
};

/*
 * Find the kernel's page tables. @d must stay open. On an error as well the
 * caller owes a translation_close(). Errors are as file.h says.
 */
int translation_open(struct translation *t, const struct dumpfile *d, struct error *err);
void translation_close(struct translation *t);

/*
 * Copy @len bytes at the virtual address @vaddr to @buf. @what names them in
 * messages. -EBADMSG if the page tables do not lead there, or the page frame they
 * lead to is not in the dump.
 */
int translate_read(struct translation *t, u64 vaddr, void *buf, size_t len,
		   const char *what, struct error *err);

#endif
