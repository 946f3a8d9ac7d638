/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * codecs_user.h - zlib, libzstd and lzo2. They allocate memory themselves, and
 * only in the open functions.
 */
#ifndef LIVEDUMP_PORT_CODECS_USER_H
#define LIVEDUMP_PORT_CODECS_USER_H

#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

/* zlib */

#define PORT_HAVE_ZLIB	true

static inline size_t port_deflate_workspace(int window_bits, int mem_level)
{
	(void)window_bits;
	(void)mem_level;
	return 0;
}

static inline int port_deflate_init(z_stream *strm, void *workspace, int level,
				    int window_bits, int mem_level)
{
	(void)workspace;
	return deflateInit2(strm, level, Z_DEFLATED, window_bits, mem_level, Z_DEFAULT_STRATEGY);
}

#define port_deflate_reset(strm)	deflateReset(strm)
#define port_deflate(strm, flush)	deflate(strm, flush)
#define port_deflate_end(strm)		deflateEnd(strm)

/* zstd */

#define PORT_HAVE_ZSTD	true

struct port_zstd {
	ZSTD_CCtx *ctx;
	int level;
};

static inline void *port_zstd_open(int level, size_t page_size)
{
	struct port_zstd *z = port_alloc(sizeof(*z));

	(void)page_size;
	if (!z)
		return NULL;
	z->ctx = ZSTD_createCCtx();
	if (!z->ctx) {
		port_free(z, sizeof(*z));
		return NULL;
	}
	z->level = level;
	return z;
}

static inline void port_zstd_close(void *state)
{
	struct port_zstd *z = state;

	ZSTD_freeCCtx(z->ctx);
	port_free(z, sizeof(*z));
}

/* Returns the compressed size, or 0 if it does not fit. */
static inline size_t port_zstd(void *state, void *dst, size_t cap, const void *src, size_t len)
{
	struct port_zstd *z = state;
	size_t n = ZSTD_compressCCtx(z->ctx, dst, cap, src, len, z->level);

	return ZSTD_isError(n) ? 0 : n;
}

/* lzo */

#define PORT_HAVE_LZO	true

typedef lzo_uint port_lzo_size_t;

#endif
