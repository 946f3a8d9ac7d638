// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * codec_zlib.c - one compressor of the host per worker.
 */
#include "codec.h"
#include "port/codecs.h"

static int zlib_open(void **state, int level, size_t page_size)
{
	(void)page_size;
	*state = port_zlib_open(level);
	return *state ? 0 : -ENOMEM;
}

static void zlib_close(void *state)
{
	port_zlib_close(state);
}

static size_t zlib_compress(void *state, const void *src, size_t len, void *dst, size_t cap)
{
	return port_zlib(state, dst, cap, src, len);
}

const struct ld_codec_ops ld_codec_zlib = {
	.name = "zlib",
	.flag = KDUMP_COMPRESSED_ZLIB,
	.abi = LIVEDUMP_COMP_ZLIB,
	.available = PORT_HAVE_ZLIB,
	.level_default = 1,
	.level_min = 1,
	.level_max = 9,
	.open = zlib_open,
	.close = zlib_close,
	.compress = zlib_compress,
};
