/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * codec.h - how the content of a page is packed: the third stage of the flow.
 *
 * Pages are compressed one by one, so that a reader can find each of them.
 */
#ifndef LIVEDUMP_CODEC_H
#define LIVEDUMP_CODEC_H

#include "include/uapi/livedump.h"
#include "port/port.h"

/*
 * Flags of a page descriptor and, for the codec used, of the dump header's
 * status. Source: makedumpfile 1.7.8 diskdump_mod.h, crash 9.0.2 diskdump.h.
 */
#define KDUMP_COMPRESSED_ZLIB	0x01U
#define KDUMP_COMPRESSED_LZO	0x02U
#define KDUMP_COMPRESSED_SNAPPY	0x04U
#define KDUMP_INCOMPLETE	0x08U	/* header status only */
#define KDUMP_COMPRESSED_ZSTD	0x20U

struct ld_codec_ops {
	const char *name;	/* "zstd": what -C takes */
	u32 flag;		/* KDUMP_COMPRESSED_, 0 for none */
	u32 abi;		/* LIVEDUMP_COMP_: the number in the ioctl */
	bool available;		/* this host has the library */
	int level_default;
	int level_min;
	int level_max;

	/*
	 * State for compressing pages of @page_size bytes, one per worker.
	 * 0 or a negative errno; on success close() gives it back.
	 */
	int (*open)(void **state, int level, size_t page_size);
	void (*close)(void *state);

	/*
	 * Compress @len bytes. Returns the size, or 0 when the result does
	 * not fit into @cap bytes: the page is then stored as it is.
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

/* Bytes a destination buffer needs for a page: lzo checks no bounds. */
#define LD_CODEC_CAP(page_size)	((page_size) + (page_size) / 16 + 64 + 3)

#endif
