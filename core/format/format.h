/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * format.h - how pages are laid out in a dump: the fourth stage of the flow.
 */
#ifndef LIVEDUMP_FORMAT_H
#define LIVEDUMP_FORMAT_H

#include "core/codec/codec.h"
#include "seal.h"
#include "core/control.h"
#include "core/sink.h"
#include "core/source.h"

/* What a format knows when it lays the dump out; all of it is the dump's. */
struct ld_layout {
	const struct ld_source *source;
	struct ld_sink *sink;
	const struct ld_codec_ops *codec;
	int codec_level;
	unsigned int level;
	unsigned int workers;
	const u64 *keep;	/* bit per page frame: in the dump; bitmap 2. NULL: in the file */
	u64 kept;		/* bits set in it */
	const struct ld_control *control;	/* when it is cancelled put() ends early */
	u64 max_bytes;		/* longest that the dump may be: the sink takes no more */
	struct ld_seal *seal;	/* open() and finish() add to its meta_sum */
};

/* One chunk of page frames on its way into the dump. */
struct ld_chunk {
	u64 pfn;			/* the first page frame */
	u64 rank;			/* kept page frames before it in the dump */
	u64 keep[LD_CHUNK_WORDS];	/* as planned; what the layout counted */
	/*
	 * The content of each kept page frame. NULL: it reads as zeros, as it
	 * is full of them, could not be read, or must not be written.
	 */
	const void *page[LD_CHUNK];
};

struct ld_format_ops {
	const char *name;
	u32 abi;		/* LIVEDUMP_FORMAT_: the number in the ioctl */
	bool compresses;	/* takes a codec other than none */
	bool holes;		/* a page of zeros takes room in the file, as a hole */

	/*
	 * Where in the dump bitmap 2 is, in bytes. With such a place the
	 * layout's keep may be NULL: then it is written there before open().
	 * NULL if the format has none.
	 */
	u64 (*keep_off)(const struct ld_source *src);

	/*
	 * Bytes of a dump beside the data of its pages, of which one of zeros
	 * packs to @zero. Of the layout source, keep and kept count.
	 */
	u64 (*overhead)(const struct ld_layout *layout, size_t zero);

	/*
	 * Fix the place of everything and write what is known already. On
	 * success *state is the format's until close().
	 */
	int (*open)(void **state, const struct ld_layout *layout);

	/*
	 * Write one chunk. Each worker calls it for chunks of its own. Adds
	 * the bytes of page data it has written to *@bytes.
	 */
	int (*put)(void *state, unsigned int worker, const struct ld_chunk *chunk, u64 *bytes);

	/*
	 * Close the seal, which lacks its file_bytes and meta_sum, and write it
	 * and the header, which makes it a dump. @incomplete: not every chunk
	 * was put. Stores the size of the dump in bytes.
	 */
	int (*finish)(void *state, bool incomplete, u64 *size);

	void (*close)(void *state);
};

extern const struct ld_format_ops ld_format_kdump;
extern const struct ld_format_ops ld_format_elf;

/* All formats, NULL at the end. */
extern const struct ld_format_ops *const ld_formats[];

#endif
