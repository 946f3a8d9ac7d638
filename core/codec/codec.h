/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * codec.h - the compression of pages: the third step of the pipeline.
 *
 * Pages are compressed one by one, so that a reader can decompress any page.
 */
#ifndef LIVEDUMP_CODEC_H
#define LIVEDUMP_CODEC_H

#include "include/uapi/livedump.h"
#include "port/port.h"

/*
 * Flags of a page descriptor. The status of the dump header has the flag of the
 * codec, too. Source: makedumpfile 1.7.8 diskdump_mod.h, crash 9.0.2
 * diskdump.h.
 */
#define KDUMP_COMPRESSED_ZLIB	0x01U
#define KDUMP_COMPRESSED_LZO	0x02U
#define KDUMP_COMPRESSED_SNAPPY	0x04U
#define KDUMP_INCOMPLETE	0x08U	/* header status only */
#define KDUMP_COMPRESSED_ZSTD	0x20U

struct ld_codec_ops {
	const char *name;	/* the argument of -C, e.g. "zstd" */
	u32 flag;		/* KDUMP_COMPRESSED_, 0 for none */
	u32 abi;		/* LIVEDUMP_COMP_: the number in the ioctl */
	bool available;		/* the host has the library */
	int level_default;
	int level_min;
	int level_max;

	/*
	 * Open a compression state for pages of @page_size bytes. Each worker
	 * has its own. Returns 0 or a negative errno. On success close() frees
	 * the state.
	 */
	int (*open)(void **state, int level, size_t page_size);
	void (*close)(void *state);

	/*
	 * Compress @len bytes. Returns the compressed size, or 0 if it does not
	 * fit into @cap bytes. The page is then stored uncompressed.
	 */
	size_t (*compress)(void *state, const void *src, size_t len, void *dst, size_t cap);
};

extern const struct ld_codec_ops ld_codec_none;
extern const struct ld_codec_ops ld_codec_zlib;
extern const struct ld_codec_ops ld_codec_zstd;
extern const struct ld_codec_ops ld_codec_lzo;

/* All codecs, NULL at the end. */
#define LD_NR_CODECS	4U
extern const struct ld_codec_ops *const ld_codecs[LD_NR_CODECS + 1];

/* Bytes that the destination of a page needs: lzo checks no bounds. */
#define LD_CODEC_CAP(page_size)	((page_size) + (page_size) / 16 + 64 + 3)

#endif
