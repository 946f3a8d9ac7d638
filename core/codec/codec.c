// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * codec.c - the table of codecs, and the codec "none".
 */
#include "codec.h"

static int codec_none_open(void **state, int level, size_t page_size)
{
	(void)level;
	(void)page_size;
	*state = NULL;
	return 0;
}

static void codec_none_close(void *state)
{
	(void)state;
}

static size_t codec_none_compress(void *state, const void *src, size_t len, void *dst, size_t cap)
{
	(void)state;
	(void)src;
	(void)len;
	(void)dst;
	(void)cap;
	return 0;
}

const struct ld_codec_ops ld_codec_none = {
	.name = "none",
	.abi = LIVEDUMP_COMP_NONE,
	.available = true,
	.open = codec_none_open,
	.close = codec_none_close,
	.compress = codec_none_compress,
};

const struct ld_codec_ops *const ld_codecs[LD_NR_CODECS + 1] = {
	&ld_codec_none, &ld_codec_zlib, &ld_codec_zstd, &ld_codec_lzo, NULL,
};
