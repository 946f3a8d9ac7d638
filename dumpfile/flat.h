/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flat.h - makedumpfile's flattened format, a dump as a stream: a header of
 * 4096 bytes, then records that say where in the dump their bytes belong, in
 * any order, then a record that says that it is the end. Source: makedumpfile
 * 1.7.8 IMPLEMENTATION and makedumpfile.h; all numbers are big endian.
 *
 * sink_stream.c writes it. Here it is put in order again, as it comes: from a
 * pipe as well as from a file. It may hold anything.
 */
#ifndef LIVEDUMP_FLAT_H
#define LIVEDUMP_FLAT_H

#include "core/capture/dump.h"
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

/* One stream that is put in order. */
struct flat {
	int in;			/* a file, which is read from its first byte, or a pipe */
	bool seeks;		/* it is a file */
	const char *name;	/* of the stream, for messages */
	const char *hint;	/* what to do about a bad one */
	int out;		/* an empty file open for reading and writing */
	const char *out_name;
	const char *out_hint;	/* what to do when it cannot be written */
	/*
	 * What comes twice counts as it comes last, as makedumpfile -R has it.
	 * Otherwise it must have been zeros at first, as savecore writes it.
	 */
	bool overwrites;
	struct ld_control *control;	/* cancel ends it; done is bytes of the stream */
	struct error *err;

	u64 at;			/* bytes of the stream that were read */
	u64 end;		/* bytes of the dump */
	u8 head[FLAT_HEADER_SIZE];
	size_t head_size;	/* of what is there */
	u8 *block;
	u8 *back;
};

/*
 * Read what a stream begins with into @f->head. Returns 1 if it is one, 0 if
 * not, or a negative errno with f->err set, as all do here, unless it was
 * cancelled. flat_close() frees what is the stream's own in each case.
 */
int flat_open(struct flat *f);
void flat_close(struct flat *f);

/* Say what it is that is no stream. Returns -EBADMSG. */
int flat_refuse(struct flat *f);

/* Put all of the stream in order in f->out, to its end, after which nothing may come. */
int flat_restore(struct flat *f);

/* Of what is no stream: copy all of it to f->out as it is. */
int flat_copy(struct flat *f);

#endif
