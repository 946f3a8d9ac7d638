/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * frames.h - read the content of page frames, with libkdumpfile. libkdumpfile's
 * context is not for several threads: each needs a reader of its own.
 */
#ifndef LIVEDUMP_DUMPFILE_FRAMES_H
#define LIVEDUMP_DUMPFILE_FRAMES_H

#include <libkdumpfile/kdumpfile.h>

#include "dumpfile.h"

struct frame_reader {
	const struct dumpfile *d;	/* must stay open as long as the reader */
	kdump_ctx_t *ctx;		/* the reader's; NULL: it is closed */
	bool spoilt;			/* ctx must be opened anew: see frames.c */
	u64 word_pfn;			/* first of 64 page frames; UINT64_MAX: of none, */
	u64 word;			/* and which of them are in the dump */
	char why[160];			/* why the last page could not be read */
};

/* Functions that return an int do so as file.h says. @d has had its notes parsed. */
int frame_reader_open(struct frame_reader *r, const struct dumpfile *d, struct error *err);

/* A reader that is zeroed, or could not be opened, may be closed. */
void frame_reader_close(struct frame_reader *r);

/* Copy page frame @pfn, of dumpfile_page_size() bytes, to @page. */
int frame_reader_read(struct frame_reader *r, u64 pfn, void *page, struct error *err);

/*
 * Copy @len bytes at @addr, which lie in one page, to @buf. @as is the kind of the
 * address. Returns NULL, or why they cannot be read, until the next call.
 */
const char *frame_reader_copy(struct frame_reader *r, kdump_addrspace_t as, u64 addr, void *buf,
			      size_t len);

/* Say of page frame @pfn why it cannot be read. Returns -EBADMSG. */
int frame_bad(const struct dumpfile *d, u64 pfn, const char *why, struct error *err);

#endif
