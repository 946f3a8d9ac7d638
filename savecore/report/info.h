/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * info.h - the text that goes with a dump: `Key: value`, one a line.
 */
#ifndef LIVEDUMP_INFO_H
#define LIVEDUMP_INFO_H

#include <time.h>

#include "core/capture/dump.h"

/* What took the dump. */
struct info_engine {
	const char *name;
	const char *why;	/* this one */
	const char *device;	/* what memory was read from */
};

struct info {
	const struct dump_request *request;
	const struct dump_result *result;
	const struct ld_system *system;
	struct info_engine engine;
	size_t page_size;
	const char *cause;	/* of what cut it short; NULL: the errno says it */
	struct timespec start;
	struct timespec end;
	u64 slot;
	bool verified;		/* all that --verify checks was found right */
};

/* Make the text, which the caller frees. Returns 0 or a negative errno. */
int info_build(const struct info *in, char **text, size_t *len);

/* "2026-11-24 13:00:00.123 +0000", of 64 bytes at most */
void info_time(char *buf, size_t size, const struct timespec *ts);

/* What cut it short, in some words. */
const char *info_cause(const struct info *in);

/* "live", "point-in-time", ... or "partial": how far the dump is of one moment. */
const char *info_verdict(enum ld_mode mode, bool incomplete);

#endif
