/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * codecs_user.h - libdeflate, libzstd and lzo2. They allocate memory themselves, and
 * only in the open functions.
 */
#ifndef LIVEDUMP_PORT_CODECS_USER_H
#define LIVEDUMP_PORT_CODECS_USER_H

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <zstd.h>

/* zlib: libdeflate writes the same format in less time */

#define PORT_HAVE_ZLIB	true

/*
 * libdeflate's level for one of zlib's: that which makes pages smaller in less time, or
 * as small. Levels 3, 8 and 9 of libdeflate are no use for pages: others are faster, and
 * make them smaller. Only the last is slower than zlib's, for the 2 % that are left.
 */
static inline int port_zlib_level(int level)
{
	static const signed char levels[] = { 2, 2, 4, 5, 5, 6, 7, 7, 7, 10 };

	return levels[level < 0 ? 0 : level > 9 ? 9 : level];
}

static inline void *port_zlib_open(int level)
{
	return libdeflate_alloc_compressor(port_zlib_level(level));
}

#define port_zlib_close(state)	libdeflate_free_compressor(state)

/* Returns the compressed size, or 0 if it does not fit. */
#define port_zlib(state, dst, cap, src, len) \
	libdeflate_zlib_compress(state, src, len, dst, cap)

/*
 * zstd: the plain interface. It takes the parameters for sources of 4 KiB by itself, and
 * no others of the advanced interface were faster on pages: hash tables of any size,
 * other shortest matches, other strategies. Level 1 is the default, as the least whose
 * dumps are no larger than makedumpfile's: level 3 makes them 4 % smaller, which is not
 * worth a tenth more time. savecore(8) has a table.
 */

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
