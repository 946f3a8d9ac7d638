/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report.h - what savecore prints about a dump that it took.
 */
#ifndef LIVEDUMP_REPORT_H
#define LIVEDUMP_REPORT_H

#include <stdio.h>

#include "info.h"
#include "savecore/capture/engine_choose.h"

/* What the control groups of this process, or the module, have taken from the dump. */
struct report_denied {
	const char *boost;	/* by what: a limit of processor time, a parameter; or NULL */
	bool memory;	/* all in the groups are killed together; the default is smaller */
};

/* With -v: print how memory will be read, to standard error. */
void report_engine(const struct engine_choice *choice, const struct engine_job *job,
		   const struct report_denied *denied, const char *where);

/* Print one line about the dump in @file to @f. */
void report_line(const struct info *info, const char *file, FILE *f);

/* With -v: print the verdict, the page types and the numbers to standard error. */
void report_details(const struct info *info);

#endif
