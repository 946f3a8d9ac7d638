/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * translate.h - read memory at virtual addresses of the kernel in a dump, by the
 * page tables in it. Threads cannot share a struct translation.
 */
#ifndef LIVEDUMP_DUMPFILE_TRANSLATE_H
#define LIVEDUMP_DUMPFILE_TRANSLATE_H

#include "frames.h"

struct translation {
	struct frame_reader reader;
	addrxlat_ctx_t *ctx;
	addrxlat_sys_t *sys;
	const addrxlat_meth_t *tables;	/* the kernel's page tables; belong to sys */
	u64 work;			/* runs of page frames that were gone through */
};

/*
 * Find the kernel's page tables. @d must stay open. The caller must call
 * translation_close() even after an error. Errors are as file.h says.
 */
int translation_open(struct translation *t, const struct dumpfile *d, struct error *err);
void translation_close(struct translation *t);

/*
 * Copy @len bytes at the virtual address @vaddr to @buf. @what is their name in
 * messages. -EBADMSG if the page tables do not map them, or to a page frame that
 * is not in the dump.
 */
int translate_read(struct translation *t, u64 vaddr, void *buf, size_t len,
		   const char *what, struct error *err);

/*
 * Returns 1 if the page tables map @vaddr, 0 if they do not, or a negative errno.
 * *@next is the next address that may be mapped otherwise: the next page, or what
 * follows all that the missing entry of a table would map. 0: there is none.
 */
int translate_next(struct translation *t, u64 vaddr, u64 *next, struct error *err);

#endif
