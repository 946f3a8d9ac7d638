/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * frames.h - read the content of page frames with libkdumpfile. Threads cannot
 * share a context of libkdumpfile: each needs a reader of its own.
 */
#ifndef LIVEDUMP_DUMPFILE_FRAMES_H
#define LIVEDUMP_DUMPFILE_FRAMES_H

#include <libkdumpfile/kdumpfile.h>

#include "dumpfile/dumpfile.h"

struct frame_reader {
	const struct dumpfile *d;	/* must stay open as long as the reader */
	kdump_ctx_t *ctx;		/* NULL: the reader is closed */
	bool spoilt;			/* ctx must be opened again: see frames.c */
	u64 word_pfn;			/* first page frame of word; UINT64_MAX: none */
	u64 word;			/* a bit for each of 64 page frames in the dump */
	char why[160];			/* why the last page could not be read */
};

/*
 * Bytes that frame_reader_open() takes for @d: libkdumpfile reads bitmap 2 as a whole,
 * and remembers each run of page frames, which of a kdump-compressed file only count
 * after a survey. The bitmap has a bit for each page frame up to the last: 2 GB for
 * memory at 64 TB, even if almost all of it is a hole.
 */
u64 frame_reader_bytes(const struct dumpfile *d);

/* -ENOMEM if that is more than @memory bytes. @todo is what to do on another machine. */
int frame_reader_check_memory(const struct dumpfile *d, u64 memory, const char *todo,
			      struct error *err);

/* Errors are as file.h says. The notes of @d must have been parsed. */
int frame_reader_open(struct frame_reader *r, const struct dumpfile *d, struct error *err);

/* @r may also be zeroed, or a reader that could not be opened. */
void frame_reader_close(struct frame_reader *r);

/* Copy page frame @pfn, of dumpfile_page_size() bytes, to @page. */
int frame_reader_read(struct frame_reader *r, u64 pfn, void *page, struct error *err);

/*
 * Copy @len bytes at @addr, which lie in one page, to @buf. @as is the kind of the
 * address. Returns 0, or a negative errno and says why in r->why.
 */
int frame_reader_copy(struct frame_reader *r, kdump_addrspace_t as, u64 addr, void *buf,
		      size_t len);

/*
 * The errno for a failure of libkdumpfile or libaddrxlat. Set errno to 0 before the
 * call that fails, and pass what it is afterwards. Returns -EBADMSG only if the dump
 * is to blame: not if memory is short, if the file cannot be read, or if the library
 * lacks what the dump needs.
 */
int frame_errno(kdump_status status, int errnum);

/* Set @err to a failure that is @ret, and to @why, a text of the library. Returns @ret. */
int frame_fail(const struct dumpfile *d, int ret, const char *why, struct error *err);

/* Report why page frame @pfn cannot be read. Returns -EBADMSG. */
int frame_bad(const struct dumpfile *d, u64 pfn, const char *why, struct error *err);

#endif
