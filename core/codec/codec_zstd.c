// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * codec_zstd.c - one zstd context per worker.
 */
#include "codec.h"
#include "port/codecs.h"

static int zstd_open(void **state, int level, size_t page_size)
{
	*state = port_zstd_open(level, page_size);
	return *state ? 0 : -ENOMEM;
}

static void zstd_close(void *state)
{
	port_zstd_close(state);
}

static size_t zstd_compress(void *state, const void *src, size_t len, void *dst, size_t cap)
{
	return port_zstd(state, dst, cap, src, len);
}

const struct ld_codec_ops ld_codec_zstd = {
	.name = "zstd",
	.flag = KDUMP_COMPRESSED_ZSTD,
	.abi = LIVEDUMP_COMP_ZSTD,
	.available = PORT_HAVE_ZSTD,
	.level_default = 1,
	.level_min = -7,
	.level_max = 19,
	.open = zstd_open,
	.close = zstd_close,
	.compress = zstd_compress,
};
