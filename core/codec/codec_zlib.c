// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * codec_zlib.c - one deflate stream per worker, which is reset for each page. A
 * new stream for each page would take three times as long as the compression.
 */
#include "codec.h"
#include "port/codecs.h"

/*
 * The values that deflateInit() uses. A smaller window or hash would suffice
 * for a page, but is no faster and costs up to 1 % in size (zlib 1.2.13).
 */
#define ZLIB_WINDOW_BITS	15
#define ZLIB_MEM_LEVEL		8

struct zlib_state {
	z_stream strm;
	void *workspace;
	size_t workspace_size;
};

static int zlib_open(void **state, int level, size_t page_size)
{
	struct zlib_state *z;
	int err = -ENOMEM;

	(void)page_size;
	z = port_alloc(sizeof(*z));
	if (!z)
		return -ENOMEM;
	z->workspace_size = port_deflate_workspace(ZLIB_WINDOW_BITS, ZLIB_MEM_LEVEL);
	if (z->workspace_size) {
		z->workspace = port_alloc(z->workspace_size);
		if (!z->workspace)
			goto err_state;
	}
	if (port_deflate_init(&z->strm, z->workspace, level, ZLIB_WINDOW_BITS,
			      ZLIB_MEM_LEVEL) != Z_OK)
		goto err_workspace;
	*state = z;
	return 0;

err_workspace:
	if (z->workspace)
		port_free(z->workspace, z->workspace_size);
err_state:
	port_free(z, sizeof(*z));
	return err;
}

static void zlib_close(void *state)
{
	struct zlib_state *z = state;

	port_deflate_end(&z->strm);
	if (z->workspace)
		port_free(z->workspace, z->workspace_size);
	port_free(z, sizeof(*z));
}

static size_t zlib_compress(void *state, const void *src, size_t len, void *dst, size_t cap)
{
	struct zlib_state *z = state;

	if (port_deflate_reset(&z->strm) != Z_OK)
		return 0;
	z->strm.next_in = (void *)src;
	z->strm.avail_in = (unsigned int)len;
	z->strm.next_out = dst;
	z->strm.avail_out = (unsigned int)cap;
	if (port_deflate(&z->strm, Z_FINISH) != Z_STREAM_END)
		return 0;
	return cap - z->strm.avail_out;
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
