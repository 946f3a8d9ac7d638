/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * zstd.h - zstd by the names that it has in the kernel since 5.16.
 */
#ifndef LIVEDUMP_COMPAT_ZSTD_H
#define LIVEDUMP_COMPAT_ZSTD_H

/* The older header defines constants that its users need not use. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-const-variable"
#include <linux/zstd.h>
#pragma GCC diagnostic pop

#ifndef LIVEDUMP_HAVE_ZSTD_LOWER
typedef ZSTD_parameters zstd_parameters;
typedef ZSTD_CCtx zstd_cctx;

#define zstd_get_params(level, size)		ZSTD_getParams(level, size, 0)
#define zstd_cctx_workspace_bound(params)	ZSTD_CCtxWorkspaceBound(*(params))
#define zstd_init_cctx(workspace, size)		ZSTD_initCCtx(workspace, size)
#define zstd_compress_cctx(ctx, dst, cap, src, len, params) \
	ZSTD_compressCCtx(ctx, dst, cap, src, len, *(params))
#define zstd_is_error(code)			ZSTD_isError(code)
#endif

#endif
