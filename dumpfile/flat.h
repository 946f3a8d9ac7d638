/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flat.h - makedumpfile's flattened format, a dump as a stream: a header of
 * 4096 bytes, then records that say where in the dump their bytes belong, in
 * any order, then a record that says that it is the end. Source: makedumpfile
 * 1.7.8 IMPLEMENTATION and makedumpfile.h; all numbers are big endian.
 *
 * sink_stream.c writes it. These functions make a dump of it while it comes,
 * from a pipe or from a file. The stream may hold anything.
 */
#ifndef LIVEDUMP_FLAT_H
#define LIVEDUMP_FLAT_H

#include "core/control.h"
#include "port/error.h"

#define FLAT_SIGNATURE		"makedumpfile\0\0\0\0"	/* and the NUL is a 17th byte */
#define FLAT_SIGNATURE_SIZE	16U
#define FLAT_HEADER_SIZE	4096U
#define FLAT_END		UINT64_MAX	/* both of the end record */

struct flat_header {
	char signature[FLAT_SIGNATURE_SIZE];
	u64 type;		/* 1 */
	u64 version;		/* 1 */
};

struct flat_record {
	u64 offset;		/* in the dump */
	u64 size;		/* of the data that follows */
};

/* A stream that is to be put in order. All pointers are the caller's. */
struct flat_request {
	int in;			/* a file, which is read from its first byte, or a pipe */
	bool seeks;		/* it is a file */
	const char *name;	/* of the stream, for messages */
	const char *hint;	/* what to do about a bad one */
	int out;		/* an empty file open for reading and writing */
	const char *out_name;
	const char *out_hint;	/* what to do when it cannot be written */
	/*
	 * Of bytes that come twice the last ones count, as with makedumpfile -R.
	 * Otherwise the first ones must have been zeros, as savecore writes them.
	 */
	bool overwrites;
	struct ld_control *control;	/* cancel ends it, done counts bytes; or NULL */
	struct error *err;
};

/* A stream that is being put in order. */
struct flat {
	struct flat_request req;
	u64 at;			/* bytes of the stream that were read */
	u64 end;		/* bytes of the dump */
	u8 head[FLAT_HEADER_SIZE];
	size_t head_size;	/* bytes in it; fewer if the stream is shorter */
	u8 *block;
	u8 *back;
};

/*
 * Read what a stream begins with into @f->head. @f is zeroed or uninitialized
 * before; afterwards flat_close() frees its buffers, in every case. Returns 1 if
 * it is a stream, 0 if not, or a negative errno. All functions here that fail
 * set the error of the request, unless the stream was cancelled.
 */
int flat_open(struct flat *f, const struct flat_request *req);
void flat_close(struct flat *f);

/* Say what a file is that is no stream. Returns -EBADMSG. */
int flat_refuse(struct flat *f);

/* Put all of the stream in order in req.out. Nothing may follow its end record. */
int flat_restore(struct flat *f);

/* Copy what is no stream to req.out as it is, all of it. */
int flat_copy(struct flat *f);

#endif
