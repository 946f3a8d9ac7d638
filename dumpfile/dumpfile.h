/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dumpfile.h - open a finished dump, a kdump-compressed file or an ELF core,
 * and find its parts. The file may hold anything.
 *
 *   notes.h	  its ELF notes: VMCOREINFO, registers, the seal
 *   frames.h	  the content of its page frames
 *   translate.h  memory at virtual addresses of its kernel
 *   flat.h	  turns a flattened stream into a dump, before it can be opened
 *
 * Reading from an open struct dumpfile does not change it: threads may share it.
 * Functions return 0 or a negative errno and set their struct error, as file.h
 * says.
 */
#ifndef LIVEDUMP_DUMPFILE_H
#define LIVEDUMP_DUMPFILE_H

#include "core/format/kdump.h"
#include "core/source.h"
#include "notes.h"

#define DUMPFILE_PAGE_MAX	65536U		/* bytes of the largest page */
#define DUMPFILE_META_MAX	(64ULL << 20)	/* bytes of struct dumpfile's meta */

/* All pointers belong to the caller, and must stay valid until dumpfile_close(). */
struct dumpfile_request {
	int fd;				/* a regular file open for reading; the caller closes it */
	const char *name;		/* of the file, in messages */
	const char *hint;		/* what to do about a bad dump */
	const struct ld_control *control;	/* cancelling it ends a running task; or NULL */
};

/* A piece of the file in memory. */
struct dumpfile_piece {
	u8 *data;
	size_t size;			/* bytes */
	u64 off;			/* in the file, in bytes */
};

/* Layout of a kdump-compressed file: core/format/kdump.h. A block is a page. */
struct kdump_layout {
	u64 sub_blocks;			/* blocks of the sub-header and the notes */
	u64 bitmap_blocks;		/* blocks of one bitmap */
	u64 max_pfn;			/* one past the last page frame */
	u64 desc_off;			/* of the first page descriptor, in bytes */
	u64 data_off;			/* one past the last; set by survey() */
	u32 written;			/* page frames in the dump, by the header */
	u32 codec_flag;			/* KDUMP_COMPRESSED_, 0: pages are not compressed */
};

/* Layout of an ELF core: core/format/format_elf.c. */
struct elf_layout {
	u64 nr_phdr;			/* program headers */
	u64 shdr_off;			/* of section header 0, or of its unused space, bytes */
	bool extended;			/* there is a section header 0, which has nr_phdr */
	u64 spared;			/* bytes from its end to the notes */
};

struct dumpfile {
	struct dumpfile_file file;
	const struct dumpfile_format *format;
	bool incomplete;		/* by the header: page frames may be missing */
	bool foreign;			/* savecore does not write such a header: someone has */
	bool has_uts;
	char uts[6][66];		/* struct new_utsname in the header, if has_uts */
	unsigned int nr_cpus;		/* CPUs, by the header; 0: not in the header */
	unsigned int page_shift;	/* a page is 1 << page_shift bytes */
	u64 frames;			/* page frames in the dump; set by survey() */
	u64 runs;			/* in so many runs; set by survey() */
	u64 spared;			/* as in the seal; both set before survey() by who has it */
	u64 overwritten;
	struct dumpfile_piece meta;	/* contains the notes; a piece of meta_sum, see seal.h */
	struct notes notes;		/* in meta */
	union {
		struct kdump_layout kdump;
		struct elf_layout elf;
	};
};

/* Page frames of the dump that lie in one chunk: all of them, or a run of them. */
struct dumpfile_chunk {
	u64 pfn;			/* first page frame of the chunk */
	u64 rank;			/* page frames in the dump before these */
	u64 off;			/* ELF: in the file, of the data of the first, bytes */
	u64 keep[LD_CHUNK_WORDS];	/* a bit for each page frame */
};

/*
 * Called for each in turn. A return value other than 0 ends the iteration, which
 * returns it. @arg belongs to the caller.
 */
typedef int dumpfile_chunk_fn(void *arg, const struct dumpfile_chunk *chunk);
typedef int dumpfile_piece_fn(void *arg, u64 off, const void *piece, size_t len);

struct dumpfile_format {
	const char *name;		/* "kdump", "elf" */
	bool descriptors;		/* has a bitmap of page frames, and a descriptor each */

	/* Whether @head, the first 16 bytes of a file, is of this format. */
	bool (*match)(const u8 *head);

	/* Read the headers, check that they are sane, and read meta. */
	int (*open)(struct dumpfile *d, struct error *err);

	/*
	 * Call @fn for all pieces of meta_sum but the seal itself, and check that
	 * there are only zeros between them.
	 */
	int (*pieces)(const struct dumpfile *d, dumpfile_piece_fn *fn, void *arg,
		      struct error *err);

	/*
	 * Compare the places of page frames and their data with the header and
	 * the size of the file, and set d->frames. Calls @fn, if not NULL, as
	 * chunks() does. The notes must have been parsed.
	 */
	int (*survey)(struct dumpfile *d, dumpfile_chunk_fn *fn, void *arg, struct error *err);

	/*
	 * Call @fn for all chunks, in ascending order. Several threads may do so
	 * at once. The notes must have been parsed.
	 */
	int (*chunks)(const struct dumpfile *d, dumpfile_chunk_fn *fn, void *arg,
		      struct error *err);

	/*
	 * Set a bit of *@word for each of the 64 page frames from @pfn on, a
	 * multiple of 64, that is in the dump. -EOPNOTSUPP: the dump does not tell that
	 * quickly.
	 */
	int (*bitmap_word)(const struct dumpfile *d, u64 pfn, u64 *word, struct error *err);
};

extern const struct dumpfile_format dumpfile_format_kdump;
extern const struct dumpfile_format dumpfile_format_elf;

/*
 * Open a dump: recognize its format, read its headers and parse its notes. After
 * success the caller must call dumpfile_close(). -EINVAL if @req->fd is not a
 * regular file.
 */
int dumpfile_open(struct dumpfile *d, const struct dumpfile_request *req, struct error *err);

/*
 * dumpfile_open() in two steps, for a caller that compares the checksum of the
 * notes before it uses them. After success of the first step the caller must call
 * dumpfile_close().
 */
int dumpfile_open_headers(struct dumpfile *d, const struct dumpfile_request *req,
			  struct error *err);
int dumpfile_parse_notes(struct dumpfile *d, struct error *err);

/* Free the memory of @d. May be called twice. */
void dumpfile_close(struct dumpfile *d);

/* For formats: read meta, and the notes in it, from the file; see struct dumpfile_piece. */
int dumpfile_read_meta(struct dumpfile *d, u64 off, u64 size, u64 notes_off, u64 notes_size,
		       struct error *err);

/*
 * For formats: the dump is of @machine, as uname -m has it, of which there is no struct
 * ld_arch. Returns -EBADMSG.
 */
int dumpfile_bad_machine(const struct dumpfile *d, const char *machine, struct error *err);

static inline size_t dumpfile_page_size(const struct dumpfile *d)
{
	return (size_t)1 << d->page_shift;
}

#endif
