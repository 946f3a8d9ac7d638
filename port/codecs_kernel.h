/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * codecs_kernel.h - the compression libraries of the kernel. They allocate
 * nothing: their memory comes from port_alloc(). They need up to some hundred
 * microseconds per page, so each call may schedule first.
 *
 * The open function of a library that this kernel lacks fails.
 */
#ifndef LIVEDUMP_PORT_CODECS_KERNEL_H
#define LIVEDUMP_PORT_CODECS_KERNEL_H

#include <linux/kconfig.h>
#include <linux/lzo.h>
#include <linux/sched.h>
#include <linux/zlib.h>

#include "module/compat/zstd.h"

/* zlib */

#define PORT_HAVE_ZLIB	IS_REACHABLE(CONFIG_ZLIB_DEFLATE)

#if PORT_HAVE_ZLIB
static inline size_t port_deflate_workspace(int window_bits, int mem_level)
{
	return zlib_deflate_workspacesize(window_bits, mem_level);
}

static inline int port_deflate_init(z_stream *strm, void *workspace, int level,
				    int window_bits, int mem_level)
{
	strm->workspace = workspace;
	return zlib_deflateInit2(strm, level, Z_DEFLATED, window_bits, mem_level,
				 Z_DEFAULT_STRATEGY);
}

static inline int port_deflate_reset(z_stream *strm)
{
	cond_resched();
	return zlib_deflateReset(strm);
}

#define port_deflate(strm, flush)	zlib_deflate(strm, flush)
#define port_deflate_end(strm)		zlib_deflateEnd(strm)
#else
#define port_deflate_workspace(window_bits, mem_level)	0
#define port_deflate_init(strm, workspace, level, window_bits, mem_level) \
	((void)(window_bits), (void)(mem_level), Z_STREAM_ERROR)
#define port_deflate_reset(strm)	Z_STREAM_ERROR
#define port_deflate(strm, flush)	Z_STREAM_ERROR
#define port_deflate_end(strm)		do { } while (0)
#endif

/* zstd */

#define PORT_HAVE_ZSTD	IS_REACHABLE(CONFIG_ZSTD_COMPRESS)

#if PORT_HAVE_ZSTD
struct port_zstd {
	zstd_parameters params;
	zstd_cctx *ctx;
	void *workspace;
	size_t workspace_size;
};

static inline void *port_zstd_open(int level, size_t page_size)
{
	struct port_zstd *z = port_alloc(sizeof(*z));

	if (!z)
		return NULL;
	z->params = zstd_get_params(level, page_size);
	z->workspace_size = zstd_cctx_workspace_bound(&z->params.cParams);
	z->workspace = port_alloc(z->workspace_size);
	if (z->workspace)
		z->ctx = zstd_init_cctx(z->workspace, z->workspace_size);
	if (!z->ctx) {
		port_free(z->workspace, z->workspace_size);
		port_free(z, sizeof(*z));
		return NULL;
	}
	return z;
}

static inline void port_zstd_close(void *state)
{
	struct port_zstd *z = state;

	port_free(z->workspace, z->workspace_size);
	port_free(z, sizeof(*z));
}

/* Returns the compressed size, or 0 if it does not fit. */
static inline size_t port_zstd(void *state, void *dst, size_t cap, const void *src, size_t len)
{
	struct port_zstd *z = state;
	size_t n;

	cond_resched();
	n = zstd_compress_cctx(z->ctx, dst, cap, src, len, &z->params);
	return zstd_is_error(n) ? 0 : n;
}
#else
#define port_zstd_open(level, page_size)	((void)(level), (void)(page_size), NULL)
#define port_zstd_close(state)			do { } while (0)
#define port_zstd(state, dst, cap, src, len)	0
#endif

/* lzo */

#define PORT_HAVE_LZO	IS_REACHABLE(CONFIG_LZO_COMPRESS)

typedef size_t port_lzo_size_t;

#if !PORT_HAVE_LZO
#define lzo1x_1_compress(src, len, dst, out, mem)	((void)(mem), LZO_E_ERROR)
#endif

#endif
