/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * request.h - the request for a dump. The code that checks the options or the
 * argument of the ioctl fills it in. Both engines then only read it.
 */
#ifndef LIVEDUMP_REQUEST_H
#define LIVEDUMP_REQUEST_H

#include "include/uapi/livedump.h"
#include "port/port.h"

struct ld_codec_ops;
struct ld_control;
struct ld_format_ops;
struct ld_sink;
struct ld_source;

/* How much of a dump is from one moment. The numbers are those of the ioctl. */
enum ld_mode {
	LD_MODE_LIVE = LIVEDUMP_MODE_LIVE,	/* nothing */
	LD_MODE_FREEZE = LIVEDUMP_MODE_FREEZE,	/* everything */
	/* What the kernel's structures depend on. The rest is read live. */
	LD_MODE_FREEZE_KERNEL = LIVEDUMP_MODE_FREEZE_KERNEL,
	/* The same, and what has not been written to since is copied before the pause. */
	LD_MODE_PRECOPY = LIVEDUMP_MODE_PRECOPY,
	LD_NR_MODES
};

/* Why a dump is taken: the text of a note in it, see core/format/notes.h. The host owns it. */
struct dump_reason {
	const char *text;	/* terminated in user space only */
	size_t size;		/* bytes; 0: there is no note */
};

struct dump_request {
	enum ld_mode mode;
	const struct ld_format_ops *format;
	const struct ld_codec_ops *codec;
	int codec_level;
	unsigned int level;	/* dump level, 0 .. LD_LEVEL_MAX */
	bool keep_partial;	/* finish a dump that is cut short, as incomplete */
	bool boost;		/* live: read ahead at real-time priority */
	/* Maximum size of the page buffer in bytes. 0: none; for a freeze, the host's share. */
	u64 memory;
	u64 max_pause_ns;	/* freeze: maximum length of the pause */
	bool max_pause_open;	/* nobody asked for it: the host may have a lower limit */
	u64 rate;		/* maximum bytes per second to write, 0 for no limit */
	u64 max_bytes;		/* maximum length of the dump, 0 for no limit */
	struct dump_reason reason;
};

/*
 * A test of freezes: all page frames are copied twice, and the copies are
 * compared. The dump adds the page frames whose copies differ to the counts.
 */
struct ld_selfcheck {
	/* Whether the copying itself wrote to page frame @pfn. NULL: to none. */
	bool (*wrote)(struct ld_source *src, u64 pfn);
	/* Is told of each page frame counted as differing, by any worker. NULL: nobody is. */
	void (*differs)(struct ld_source *src, u64 pfn);
	u64 written;		/* differing page frames for which wrote() is true */
	u64 marked;		/* page tables that differ only in what the processor sets */
	u64 differing;		/* all other differing page frames */
};

/* The parameters of one dump. The host owns all of it. */
struct ld_params {
	const struct dump_request *request;
	struct ld_source *source;
	struct ld_sink *sink;
	unsigned int workers;		/* at least 1 */
	struct ld_control *control;
	struct ld_selfcheck *selfcheck;	/* NULL except in tests of freezes */
	struct ld_checker *checker;	/* of live dumps, see checker.h; NULL: none */
};

/* "live", "freeze", "freeze-kernel", "precopy": for info.N, JSON and the kernel log. */
const char *ld_mode_name(enum ld_mode mode);

/*
 * The mode that a dump of @mode looks like, never LD_MODE_PRECOPY. @streamed: some of its
 * page frames were not copied in a pause or before it.
 */
enum ld_mode ld_mode_shown(enum ld_mode mode, bool streamed);

/*
 * "live", "point-in-time", "kernel point-in-time": how consistent a complete dump is.
 * @mode is of ld_mode_shown().
 */
const char *ld_mode_verdict(enum ld_mode mode);

#endif
