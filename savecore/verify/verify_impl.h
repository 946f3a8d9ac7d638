/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verify_impl.h - what the parts of verify.c share. All functions that return
 * an int return 0 or a negative errno, with the cause in the error unless it
 * is a cancellation.
 */
#ifndef LIVEDUMP_VERIFY_IMPL_H
#define LIVEDUMP_VERIFY_IMPL_H

#include <libkdumpfile/kdumpfile.h>

#include "core/flow/pipeline.h"
#include "core/format/format_kdump.h"
#include "core/format/vmcoreinfo.h"
#include "verify.h"
#include "port/zero.h"

#define VERIFY_NOTES_MAX	(64ULL << 20)	/* bytes */
#define VERIFY_HINT		"do not rely on it, take another dump"
#define VERIFY_BLOCK		65536U		/* bytes read at once, and the largest page */

struct verify_format;

/* Layout of a kdump-compressed file; bytes and blocks as in format_kdump.c. */
struct verify_kdump {
	u64 sub_blocks;
	u64 bitmap_blocks;	/* of one bitmap */
	u64 max_pfn;
	u64 desc_off;
	u32 written;		/* bits in bitmap 2, by the header, */
	u64 kept;		/* and as they are */
	u64 data_off;		/* of the page of zeros, which is first */
	u32 codec_flag;
};

/* And of an ELF core; see format_elf.c. */
struct verify_elf {
	u64 nr_phdr;
	u64 shdr_off;		/* of section header 0, or of the room for it */
	bool extended;		/* it is there */
};

struct verify {
	int fd;
	u64 size;			/* bytes of the file */
	const char *name;
	const struct verify_options *opt;
	struct verify_report *report;
	struct error *err;
	u8 *block;			/* VERIFY_BLOCK bytes, for one reader */

	/* Set by the format's open(). */
	const struct verify_format *format;
	size_t page;			/* bytes; of an ELF core by verify_notes() */
	unsigned int page_shift;
	unsigned int nr_cpus;		/* by the header; 0: it does not say */
	const char *uts[6];		/* by the header; NULL: it does not say */
	char uts_text[6][66];
	u64 notes_off;			/* in the file */
	size_t notes_size;
	u8 *notes;			/* in meta */
	u8 *meta;			/* the piece of meta_sum that has the notes */
	size_t meta_size;
	u64 meta_off;
	struct verify_kdump kdump;
	struct verify_elf elf;

	/* Set by verify_find_seal() and verify_notes(). */
	size_t seal_off;		/* in the notes */
	struct vmcoreinfo vmcoreinfo;
};

/* Page frames of the dump in one chunk's bounds, or some of them. */
struct verify_chunk {
	u64 pfn;			/* first of the chunk */
	u64 rank;			/* page frames in the dump before these */
	u64 keep[LD_CHUNK_WORDS];
};

struct verify_format {
	const char *name;
	/* Whether these first bytes of a file are of this format. */
	bool (*match)(const u8 *head);
	/* Read the headers, see that they are sane, and read the notes. */
	int (*open)(struct verify *v);
	/* All pieces of meta_sum but the notes' and the seal's own. */
	int (*sum_meta)(struct verify *v, struct ld_seal *sum);
	/*
	 * Set *@sum to keep_sum, unless there is no bitmap, and find what must
	 * be known of the page frames to go through them.
	 */
	int (*sum_keep)(struct verify *v, u64 *sum);
	/*
	 * Call @take for all chunks in ascending order, until it returns
	 * other than 0. Several threads may do so at once.
	 */
	int (*chunks)(const struct verify *v, int (*take)(void *arg, const struct verify_chunk *c),
		      void *arg);
};

extern const struct verify_format verify_format_kdump;
extern const struct verify_format verify_format_elf;

/* The dump is bad in this way. Returns -EBADMSG. */
int verify_bad(const struct verify *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int verify_no_memory(const struct verify *v);

/* Whether the caller wants it to end: 0, or the negative errno to end with. */
int verify_cancelled(const struct verify *v);

/* Read exactly @len bytes at byte @off; a file that ends before is bad. */
int verify_read(const struct verify *v, u64 off, void *buf, size_t len);

/* See that @len bytes at @off are all zero: nobody looks at them. */
int verify_padding(const struct verify *v, u64 off, u64 len);

/* Read the notes, and what goes with them into the same piece of meta_sum. */
int verify_read_meta(struct verify *v, u64 off, u64 size, u64 notes_off, u64 notes_size);

struct stat;

/* Whether it is what a dump may come through and not be stored in. */
bool verify_is_pipe(const struct stat *st);

/*
 * Put a flattened stream, or what comes through a pipe, in a file of its own,
 * which becomes v->fd.
 */
int verify_flat(struct verify *v, bool pipe);

/* Find the seal, copy it to the report and have zeros in its place. */
int verify_find_seal(struct verify *v);
int verify_notes(struct verify *v);

/* A new context of libkdumpfile, which the caller frees. */
int verify_context(const struct verify *v, kdump_ctx_t **ctx);
int verify_pages(struct verify *v);

/* Follow the page tables to the kernel's name. */
int verify_kernel(struct verify *v);

#endif
