/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * format.h - the layout of pages in a dump: the fourth step of the pipeline.
 */
#ifndef LIVEDUMP_FORMAT_H
#define LIVEDUMP_FORMAT_H

#include "core/codec/codec.h"
#include "early.h"
#include "seal.h"
#include "core/control.h"
#include "core/pages/groups.h"
#include "core/sink.h"
#include "core/source.h"

/* What a format knows when it lays out the dump. The dump owns all of it. */
struct ld_layout {
	const struct ld_source *source;
	struct ld_sink *sink;
	const struct ld_codec_ops *codec;
	int codec_level;
	unsigned int level;
	unsigned int workers;
	const struct ld_map *keep;	/* bitmap 2: page frames in the dump. NULL: in the file */
	u64 kept;		/* bits set in bitmap 2 */
	const struct ld_control *control;	/* put() ends early if it is cancelled */
	u64 max_bytes;		/* maximum length of the dump: the sink rejects more */
	struct ld_seal *seal;	/* open() and finish() add to its meta_sum */
	/* What is written early, see put_early(). NULL: keep and kept are final. */
	const struct ld_early *early;
	u64 spare;		/* with early: as many more page frames may be kept in the end */
};

/* One chunk of page frames on its way into the dump. */
struct ld_chunk {
	u64 pfn;			/* the first page frame */
	u64 rank;			/* number of kept page frames before this chunk */
	u64 keep[LD_CHUNK_WORDS];	/* kept page frames, as counted in the layout */
	/*
	 * The content of each kept page frame. NULL: it is written as zeros,
	 * because it is full of zeros, could not be read, or must not be
	 * written.
	 */
	const void *page[LD_CHUNK];
};

struct ld_format_ops {
	const char *name;
	u32 abi;		/* LIVEDUMP_FORMAT_: the number in the ioctl */
	bool compresses;	/* supports codecs other than none */
	bool holes;		/* a page of zeros is a hole in the file */

	/*
	 * Byte offset of bitmap 2 in the dump. If the format has it, the keep
	 * of the layout may be NULL: bitmap 2 is then written there before
	 * open(). NULL if the format has no bitmap 2.
	 */
	u64 (*keep_off)(const struct ld_source *src);

	/*
	 * Bytes of a dump without the data of its pages. *@holes of them are
	 * never written. A page of zeros has @zero bytes of data. Uses only
	 * source, keep and kept of the layout.
	 */
	u64 (*overhead)(const struct ld_layout *layout, size_t zero, u64 *holes);

	/*
	 * Lay out the dump, and write all that is known already. On success
	 * *@state belongs to the format until close().
	 */
	int (*open)(void **state, const struct ld_layout *layout);

	/*
	 * Only with early: write the page frames in the keep of @chunk, which has them
	 * for the first time, before it is known which ones are kept. Stores the place
	 * of each that has data in its record at @page. Workers call it as they call
	 * put(). The sink rewrites. NULL if the format cannot do it.
	 */
	int (*put_early)(void *state, unsigned int worker, const struct ld_chunk *chunk,
			 struct ld_early_page *page, u64 *bytes);

	/*
	 * Only with early, before the first put(): the keep of the layout and the notes of
	 * the source are final, and keep has @kept bits. Returns 0 or a negative errno:
	 * -EOVERFLOW if they are more than the layout has space for.
	 */
	int (*settle)(void *state, u64 kept);

	/*
	 * Write one chunk. All workers call it at the same time, each with its
	 * own chunks. Adds the bytes of page data that it has written to
	 * *@bytes. Page frames that have their data in the file, as early tells, have no
	 * content here. Data of others that is in the file early is overwritten. Returns 0
	 * or a negative errno.
	 */
	int (*put)(void *state, unsigned int worker, const struct ld_chunk *chunk, u64 *bytes);

	/*
	 * Take back @chunk, for which put() failed: no page frame of it is in
	 * the dump. Called before finish(). Returns 0 or a negative errno.
	 */
	int (*erase)(void *state, unsigned int worker, const struct ld_chunk *chunk);

	/*
	 * Close the seal, which lacks its file_bytes and meta_sum, and write
	 * it. Write the header, which makes the file a valid dump. @incomplete:
	 * not all chunks were written. Stores the size of the dump in bytes.
	 */
	int (*finish)(void *state, bool incomplete, u64 *size);

	void (*close)(void *state);
};

extern const struct ld_format_ops ld_format_kdump;
extern const struct ld_format_ops ld_format_elf;

/* All formats, NULL at the end. */
extern const struct ld_format_ops *const ld_formats[];

#endif
