/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * summary.h - who waits for whom in a dump, in one of several formats.
 */
#ifndef LIVEDUMP_WAITGRAPH_SUMMARY_H
#define LIVEDUMP_WAITGRAPH_SUMMARY_H

#include <stdio.h>

#include "reading.h"
#include "waitgraph/report/signature.h"

enum summary_format {
	SUMMARY_SCREEN,			/* text that fits on a screen */
	SUMMARY_ALL,			/* the same without a limit */
	SUMMARY_JSON,
	SUMMARY_DOT,
};

/* What is asked for, and what is found. */
struct summary {
	enum summary_format format;
	u32 pid;			/* of the thread whose hang is asked about; 0: of none */
	char signature[SIGNATURE_SIZE];	/* found: of the hang of that thread; or "" */
};

/*
 * Write the summary to @out, and find the signature. Returns STATUS_FINE, STATUS_HANGS, or
 * another status and sets @err.
 */
int summary_write(FILE *out, const struct reading *r, struct summary *s, struct error *err);

/* The same of the dump in file @fd, whose name for messages is @name. */
int summary_of_file(FILE *out, int fd, const char *name, struct summary *s, struct error *err);

#endif
