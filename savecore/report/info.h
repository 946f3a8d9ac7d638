/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * info.h - the text of info.N, which is stored with a dump: lines of `Key: value`.
 */
#ifndef LIVEDUMP_INFO_H
#define LIVEDUMP_INFO_H

#include <time.h>

#include "core/dump/dump.h"
#include "savecore/capture/lists_check.h"

/* The engine that took the dump. */
struct info_engine {
	const char *name;
	const char *why;	/* why this engine */
	const char *device;	/* what memory was read from */
};

struct info {
	const struct dump_request *request;
	const struct dump_result *result;
	const struct ld_system *system;
	struct info_engine engine;
	const char *mode_why;	/* why this mode; NULL: as requested */
	size_t page_size;
	const char *cause;	/* why the dump is partial; NULL: the errno tells */
	struct timespec start;
	struct timespec end;
	u64 slot;
	bool verified;		/* the verification found no error */
	const char *unverified;	/* why it was not verified; NULL: --no-verify */
	const struct lists_verdict *lists;	/* NULL, or "" in it: they were not looked at */
	bool crash_kernel;	/* the dump has the memory of a crash kernel */
	bool no_reason;		/* the dump lacks the request's reason: the module is too old */
};

/* Build the text. The caller frees it. Returns 0 or a negative errno. */
int info_build(const struct info *in, char **text, size_t *len);

/* "2026-11-24 13:00:00.123 +0000", of 64 bytes at most */
void info_time(char *buf, size_t size, const struct timespec *ts);

/* Why the dump is partial. */
const char *info_cause(const struct info *in);

/*
 * "live", "point-in-time" and so on: how consistent the dump is. "partial" if incomplete.
 * @mode is of info_mode_shown() or of a seal.
 */
const char *info_verdict(enum ld_mode mode, bool incomplete);

/* The same, or "live, torn" if lists of the kernel are torn in the dump. */
const char *info_verdict_of(const struct info *in);

/* The same as info.N has it: also how many pages devices have written to. */
void info_verdict_text(char *buf, size_t size, const struct info *in);

/* See ld_mode_shown(). */
enum ld_mode info_mode_shown(const struct info *in);

#endif
