/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * packed.h - read the page frames of a kdump-compressed file by their descriptors, many
 * at a time. Threads cannot share a reader.
 */
#ifndef LIVEDUMP_DUMPFILE_PACKED_H
#define LIVEDUMP_DUMPFILE_PACKED_H

#include "core/format/kdump.h"
#include "dumpfile/dumpfile.h"

/* Bytes that packed_open() takes, at most. */
#define PACKED_READER_BYTES	((u64)1 << 20)

struct packed_reader {
	const struct dumpfile *d;	/* must stay open as long as the reader */
	u8 *data;			/* a part of the file */
	u64 off;			/* of it, in bytes */
	size_t size;			/* 0: none was read */
	struct kdump_desc shared;	/* of the last page frame that many may share */
	u8 *shared_page;		/* its content; shared.size is 0: none */
	struct libdeflate_decompressor *inflate;
	struct ZSTD_DCtx_s *zstd;
};

/* Errors are as file.h says. The caller must call packed_close() even after an error. */
int packed_open(struct packed_reader *r, const struct dumpfile *d, struct error *err);

/* @r may also be zeroed. */
void packed_close(struct packed_reader *r);

/*
 * Copy page frame @pfn, whose descriptor @desc names bytes of the file and a size of at
 * most a page, to @page. The caller wants those of the descriptors behind it next, up to
 * @end, which is one past the last: their data is read at the same time where it lies close
 * behind. One of size 0 is skipped.
 */
int packed_read(struct packed_reader *r, u64 pfn, const struct kdump_desc *desc,
		const struct kdump_desc *end, void *page, struct error *err);

#endif
