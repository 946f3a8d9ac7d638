/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report.h - what savecore says of a dump it has taken.
 */
#ifndef LIVEDUMP_REPORT_H
#define LIVEDUMP_REPORT_H

#include <stdio.h>

#include "info.h"

/* The one line about the dump in @file, to @f. */
void report_line(const struct info *info, const char *file, FILE *f);

/* What -v adds on standard error: how far it is to be trusted, what is in it. */
void report_details(const struct info *info);

#endif
