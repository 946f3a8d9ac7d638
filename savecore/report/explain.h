/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * explain.h - what to tell the user about a dump that failed.
 */
#ifndef LIVEDUMP_EXPLAIN_H
#define LIVEDUMP_EXPLAIN_H

#include "core/capture/dump.h"
#include "port/error.h"
#include "savecore/capture/limits.h"
#include "savecore/options.h"

struct failure {
	int err;			/* negative errno of the dump */
	const struct ld_stats *stats;
	const char *text;		/* the kernel's words, or empty */
	bool module;			/* the kernel module took the dump */
	u64 written;			/* bytes of page data */
	bool stream;			/* it went to a pipe or socket, */
	u64 sent;			/* which has taken so many bytes */
	const char *from;		/* what memory was read from */
	const char *to;			/* directory, file or stream */
	int signal;			/* that ended it, or 0 */
	u64 minfree;			/* bytes, if that ended it, or 0 */
	enum limit limit;		/* that ended it, or 0 */
	unsigned int pressure;		/* percent, if that did */
	const struct options *opt;
};

void explain(struct error *err, const struct failure *f);

/* In some words why a dump is partial, NULL if the errno says it. */
const char *explain_cause(char *buf, size_t size, const struct failure *f);

/* "512 bytes", "24.1 MB". */
void format_size(char *buf, size_t size, u64 bytes);

#endif
