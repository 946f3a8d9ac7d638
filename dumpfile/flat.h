/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flat.h - makedumpfile's flattened format, a dump as a stream: a header of
 * 4096 bytes, then records that say where in the dump their bytes belong, in
 * any order, then an end record. All numbers are big endian. Source:
 * IMPLEMENTATION and makedumpfile.h of makedumpfile 1.7.8.
 *
 * sink_stream.c writes it. These functions turn a stream from a pipe or a file
 * into a dump while they read it. The stream may hold anything.
 */
#ifndef LIVEDUMP_FLAT_H
#define LIVEDUMP_FLAT_H

#include "base/error.h"
#include "base/process/pagecache.h"
#include "core/control.h"

#define FLAT_SIGNATURE		"makedumpfile\0\0\0\0"	/* and the NUL is a 17th byte */
#define FLAT_SIGNATURE_SIZE	16U
#define FLAT_HEADER_SIZE	4096U
#define FLAT_END		UINT64_MAX	/* both fields of the end record */

struct flat_header {
	char signature[FLAT_SIGNATURE_SIZE];
	u64 type;		/* 1 */
	u64 version;		/* 1 */
};

struct flat_record {
	u64 offset;		/* in the dump */
	u64 size;		/* of the data that follows */
};

/* A stream to put in order. All pointers belong to the caller. */
struct flat_request {
	int in;			/* a file, which is read from its first byte, or a pipe */
	bool seeks;		/* in is a file or a disk */
	bool disk;		/* in is a disk: more may follow the end record */
	const char *name;	/* of the stream, for messages */
	const char *hint;	/* what to do about a bad stream */
	int out;		/* an empty file open for reading and writing */
	const char *out_name;
	const char *out_hint;	/* what to do when it cannot be written */
	/*
	 * true: later records overwrite earlier ones, as with makedumpfile -R.
	 * false: only zeros may be overwritten, as savecore does.
	 */
	bool overwrites;
	struct ld_control *control;	/* cancelling it ends it; done counts bytes; or NULL */
	struct error *err;
};

/* A stream that is being put in order. */
struct flat {
	struct flat_request req;
	u64 at;			/* bytes of the stream that were read */
	u64 end;		/* bytes of the dump */
	u8 head[FLAT_HEADER_SIZE];
	size_t head_size;	/* bytes in head; fewer if the stream is shorter */
	u8 *block;
	u8 *back;
	struct read_behind read;
	struct write_behind written;
};

/*
 * Read the beginning of a stream to @f->head. @f may be uninitialized. The caller
 * must call flat_close(), even after an error. Returns 1 if it is a stream, 0 if
 * not, or a negative errno. All functions here set req.err when they fail, unless
 * the task was cancelled.
 */
int flat_open(struct flat *f, const struct flat_request *req);
void flat_close(struct flat *f);

/* Report what the file is instead of a stream. Returns -EBADMSG. */
int flat_refuse(struct flat *f);

/*
 * Write the dump in the stream to req.out. Nothing may follow the end record, except on
 * a disk, which has there what it had before.
 */
int flat_restore(struct flat *f);

/* Copy all of a file that is not a stream to req.out as it is. */
int flat_copy(struct flat *f);

#endif
