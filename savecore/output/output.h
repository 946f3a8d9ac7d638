/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * output.h - where a dump goes: a slot of a directory, a file, or a stream.
 */
#ifndef LIVEDUMP_OUTPUT_H
#define LIVEDUMP_OUTPUT_H

#include "core/control.h"
#include "port/error.h"
#include "store.h"

enum output_kind {
	OUTPUT_SLOT,		/* livecore.N in a directory */
	OUTPUT_FILE,		/* a file that the user named */
	OUTPUT_STREAM,		/* standard output, a FIFO, a device */
};

/* Where the user wants it. The strings are the caller's. */
struct output_params {
	const char *directory;	/* of slots */
	const char *file;	/* NULL: a slot of the directory; "-": standard output */
	bool force;		/* overwrite, and take no notice of minfree */
	bool dry_run;		/* nothing will be written */
};

struct output {
	enum output_kind kind;
	const char *where;	/* for messages */
	int fd;			/* to write the dump to; -1: a stream of a dry run */
	struct store store;	/* SLOT */
	struct tempfile temp;	/* SLOT and FILE: fd is its */
	int dir;		/* FILE */
	const char *name;	/* FILE: in dir */
	bool force;
};

#define OUTPUT_INIT	{ .fd = -1, .dir = -1, .store = { .dir = -1 }, .temp = TEMPFILE_INIT }

/*
 * Open what @params ask for and see that it can be written to. Waits for
 * the reader of a FIFO unless @control is cancelled. For a dry run streams are
 * not opened, and that minfree is violated is no error. Returns 0 or a negative
 * errno; on success output_close() gives it back.
 */
int output_open(struct output *o, const struct output_params *params,
		const struct ld_control *control, struct error *err);

/* The same for a file that the user named: nothing else will do. */
int output_open_file(struct output *o, const char *path, bool force, struct error *err);

/* How long a dump may get now, minfree left alone. False if there is no telling. */
bool output_available(const struct output *o, u64 *bytes);

/* Let the dump appear. For FILE and STREAM; the store has its own way. */
int output_publish(struct output *o, struct error *err);

/* Of a dump that was not published nothing remains. */
void output_close(struct output *o);

/* Remove what output_close() would, from another thread, as the last act. */
void output_abandon(struct output *o);

#endif
