// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * codec_lzo.c - lzo1x_1. It has no levels and checks no bounds, so the caller
 * provides LD_CODEC_CAP() bytes.
 */
#include "codec.h"
#include "port/codecs.h"

static int lzo_open(void **state, int level, size_t page_size)
{
	(void)level;
	(void)page_size;
	*state = port_alloc(LZO1X_1_MEM_COMPRESS);
	return *state ? 0 : -ENOMEM;
}

static void lzo_close(void *state)
{
	port_free(state, LZO1X_1_MEM_COMPRESS);
}

static size_t lzo_compress(void *state, const void *src, size_t len, void *dst, size_t cap)
{
	port_lzo_size_t out = cap;

	if (cap < LD_CODEC_CAP(len))
		return 0;
	if (lzo1x_1_compress(src, len, dst, &out, state) != LZO_E_OK)
		return 0;
	return out;
}

const struct ld_codec_ops ld_codec_lzo = {
	.name = "lzo",
	.flag = KDUMP_COMPRESSED_LZO,
	.abi = LIVEDUMP_COMP_LZO,
	.available = PORT_HAVE_LZO,
	.level_default = 1,
	.level_min = 1,
	.level_max = 1,
	.open = lzo_open,
	.close = lzo_close,
	.compress = lzo_compress,
};
