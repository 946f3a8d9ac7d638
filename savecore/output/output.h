/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * output.h - where a dump goes: a slot of a directory, a file, or a stream.
 */
#ifndef LIVEDUMP_OUTPUT_H
#define LIVEDUMP_OUTPUT_H

#include "base/error.h"
#include "core/control.h"
#include "savecore/store/store.h"

enum output_kind {
	OUTPUT_SLOT,		/* livecore.N in a directory */
	OUTPUT_FILE,		/* a file that the user named */
	OUTPUT_STREAM,		/* standard output, a FIFO, a device */
};

/* Where the user wants the dump. The strings belong to the caller. */
struct output_params {
	const char *directory;	/* where livecore.N is stored */
	const char *file;	/* NULL: a slot of the directory; "-": standard output */
	bool force;		/* overwrite, and ignore minfree */
	u64 max_total;		/* bytes that live dumps in the directory may take; 0: any */
	bool dry_run;		/* nothing will be written */
	bool json;		/* info.N.json will be stored, too */
	bool keeps_rights;	/* no sandbox will take the right to exceed quotas */
	bool *no_reader;	/* NULL or, atomic, set when it waits for the reader of a FIFO */
};

struct output {
	enum output_kind kind;
	const char *where;	/* for messages */
	int fd;			/* to write the dump to; -1: possible in a dry run */
	u64 quota;		/* bytes that disk quotas leave, as of the beginning */
	struct store store;	/* SLOT; its warnings are those of FILE, too */
	struct tempfile temp;	/* SLOT and FILE: fd is temp.fd */
	int dir;		/* FILE: the directory of the file */
	const char *name;	/* FILE: its name in dir */
	bool force;
	bool stored;		/* SLOT and FILE: the dump has its name */
	bool on_stdout;		/* STREAM: what is printed there would be in the dump */
};

#define OUTPUT_INIT	{ .fd = -1, .dir = -1, .quota = UINT64_MAX, .store = STORE_INIT, \
			  .temp = TEMPFILE_INIT }

/*
 * Open the output that @params ask for, and check that it can be written to.
 * Waits for the reader of a FIFO until @control is cancelled. A dry run does not
 * open streams, and ignores minfree. Returns 0 or a negative errno; after
 * success the caller must call output_close().
 */
int output_open(struct output *o, const struct output_params *params,
		const struct ld_control *control, struct error *err);

/* The same for a file that the user named; @path must not be anything else. */
int output_open_file(struct output *o, const char *path, bool force, struct error *err);

/*
 * The size that a dump can have now without going below minfree, above a disk quota, or
 * beyond max_total of the directory; false if unknown.
 */
bool output_available(const struct output *o, u64 *bytes);

/* LD_CAUSE_MINFREE or _SIZE if the dump exceeds a limit of its directory, or LD_CAUSE_NONE. */
enum ld_cause output_limit(const struct output *o);

/* The name that the dump has, or gets when it is published. */
void output_dump_name(const struct output *o, char *buf, size_t size);

/* Give the dump its name. For FILE and STREAM; SLOT uses store_publish(). */
int output_publish(struct output *o, struct error *err);

/* Close the output. A dump that was not published is removed. */
void output_close(struct output *o);

/* Remove what output_close() would, from another thread, just before the process ends. */
void output_abandon(struct output *o);

#endif
