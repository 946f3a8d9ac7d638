// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * zstd.c - ZSTD_decompress() in the place of libzstd's, for libkdumpfile.
 *
 * libzstd 1.5.4 makes and clears a context of 100 KB for each call, 13 us, and
 * libkdumpfile 0.5.1 makes a call for each page, which itself takes 2 us. The
 * linker puts a program's own functions before those of its libraries; this
 * one keeps its context. Should it not, as in a static program, all that is
 * lost is time.
 */
#include <zstd.h>

/* One per thread: those of port_run() stay, and so do their contexts. */
static __thread struct ZSTD_DCtx_s *context;

size_t ZSTD_decompress(void *dst, size_t capacity, const void *src, size_t size)
{
	if (!context)
		context = ZSTD_createDCtx();
	/* Without memory it is a page of no bytes: an error to libkdumpfile. */
	if (!context)
		return 0;
	return ZSTD_decompressDCtx(context, dst, capacity, src, size);
}
