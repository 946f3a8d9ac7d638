/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * request.h - what a dump is to be like. Whoever checks options or an ioctl's
 * argument fills one in; from then on it is const, for both engines.
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

/* How much of a dump is of one moment. The numbers are those of the ioctl. */
enum ld_mode {
	LD_MODE_LIVE = LIVEDUMP_MODE_LIVE,	/* nothing is */
	LD_MODE_FREEZE = LIVEDUMP_MODE_FREEZE,	/* everything is */
	/* What the kernel's structures depend on is; the rest is read live. */
	LD_MODE_FREEZE_KERNEL = LIVEDUMP_MODE_FREEZE_KERNEL,
	LD_NR_MODES
};

struct dump_request {
	enum ld_mode mode;
	const struct ld_format_ops *format;
	const struct ld_codec_ops *codec;
	int codec_level;
	unsigned int level;	/* dump level, 0 .. LD_LEVEL_MAX */
	bool keep_partial;	/* finish a dump that is cut short, as an incomplete one */
	bool boost;		/* live: read ahead at real-time priority */
	u64 memory;		/* most bytes of page buffer, 0 for none */
	u64 max_pause_ns;	/* freeze: longest pause */
	u64 rate;		/* most bytes per second to write, 0 for no limit */
	u64 max_bytes;		/* longest that the dump may be, 0 for no limit */
};

/*
 * A test of freezes: all is copied twice, and both copies are compared. The
 * dump adds to the counts, which are page frames whose copies differ.
 */
struct ld_selfcheck {
	/* Whether the copying itself wrote to page frame @pfn. NULL: to none. */
	bool (*wrote)(struct ld_source *src, u64 pfn);
	u64 written;		/* of these, */
	u64 differing;		/* and of all others */
};

/* One dump: what is asked, and what it is made with. All of it is the host's. */
struct ld_params {
	const struct dump_request *request;
	struct ld_source *source;
	struct ld_sink *sink;
	unsigned int workers;		/* at least 1 */
	struct ld_control *control;
	struct ld_selfcheck *selfcheck;	/* of a freeze; NULL but in tests */
};

/* "live", "freeze", "freeze-kernel": info.N, JSON and the kernel log. */
const char *ld_mode_name(enum ld_mode mode);

/* "live", "point-in-time", "kernel point-in-time": what a whole dump of it is. */
const char *ld_mode_verdict(enum ld_mode mode);

#endif
