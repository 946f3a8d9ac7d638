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
/*
 * The values that deflateInit() uses. A smaller window or hash would suffice
 * for a page, but is no faster and costs up to 1 % in size (zlib 1.2.13).
 */
#define PORT_ZLIB_WINDOW_BITS	15
#define PORT_ZLIB_MEM_LEVEL	8

/*
 * One stream, which is reset for each page. A new one for each page would take three
 * times as long as the compression.
 */
struct port_zlib {
	z_stream strm;
	size_t workspace_size;
};

static inline void port_zlib_free(struct port_zlib *z)
{
	if (z->strm.workspace)
		port_free(z->strm.workspace, z->workspace_size);
	port_free(z, sizeof(*z));
}

static inline void *port_zlib_open(int level)
{
	struct port_zlib *z = port_alloc(sizeof(*z));

	if (!z)
		return NULL;
	z->workspace_size = zlib_deflate_workspacesize(PORT_ZLIB_WINDOW_BITS,
						       PORT_ZLIB_MEM_LEVEL);
	z->strm.workspace = port_alloc(z->workspace_size);
	if (!z->strm.workspace ||
	    zlib_deflateInit2(&z->strm, level, Z_DEFLATED, PORT_ZLIB_WINDOW_BITS,
			      PORT_ZLIB_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
		port_zlib_free(z);
		return NULL;
	}
	return z;
}

static inline void port_zlib_close(void *state)
{
	struct port_zlib *z = state;

	zlib_deflateEnd(&z->strm);
	port_zlib_free(z);
}

/* Returns the compressed size, or 0 if it does not fit. */
static inline size_t port_zlib(void *state, void *dst, size_t cap, const void *src, size_t len)
{
	struct port_zlib *z = state;

	cond_resched();
	if (zlib_deflateReset(&z->strm) != Z_OK)
		return 0;
	z->strm.next_in = src;
	z->strm.avail_in = len;
	z->strm.next_out = dst;
	z->strm.avail_out = cap;
	if (zlib_deflate(&z->strm, Z_FINISH) != Z_STREAM_END)
		return 0;
	return cap - z->strm.avail_out;
}
#else
#define port_zlib_open(level)			((void)(level), NULL)
#define port_zlib_close(state)			do { } while (0)
#define port_zlib(state, dst, cap, src, len)	0
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
