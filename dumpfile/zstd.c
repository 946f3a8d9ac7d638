// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * zstd.c - a faster ZSTD_decompress() for libkdumpfile.
 *
 * libkdumpfile 0.5.1 calls ZSTD_decompress() for each page, which takes 2 us to
 * decompress. But in each call libzstd 1.5.4 allocates and clears a context of
 * 100 KB, which takes 13 us. This function keeps its context. The linker prefers
 * functions of the program to those of its libraries. If it does not, as in a
 * static program, only time is lost.
 */
#include <zstd.h>

/* One per thread. The threads of port_run() stay, and so do their contexts. */
static __thread struct ZSTD_DCtx_s *context;

size_t ZSTD_decompress(void *dst, size_t capacity, const void *src, size_t size)
{
	if (!context)
		context = ZSTD_createDCtx();
	/* Out of memory: 0 bytes are an error to libkdumpfile. */
	if (!context)
		return 0;
	return ZSTD_decompressDCtx(context, dst, capacity, src, size);
}
