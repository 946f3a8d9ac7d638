/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * log.h - lines to standard error, which is the journal or a terminal. A line that is
 * not taken at once is left out: the daemon does not wait for who reads it.
 */
#ifndef LIVEDUMP_WATCH_LOG_H
#define LIVEDUMP_WATCH_LOG_H

#include <syslog.h>

void log_line(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
