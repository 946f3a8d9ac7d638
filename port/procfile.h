/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * procfile.h - small files of /proc, /sys and cgroup2 that have a name and a number
 * on each line.
 */
#ifndef LIVEDUMP_PROCFILE_H
#define LIVEDUMP_PROCFILE_H

#include "port.h"

#define PROCFILE_MAX	16384U	/* bytes; /proc/vmstat is the longest, with about 5,000 */

/*
 * Read a whole file into @text, which is then terminated. Returns 0 or a negative
 * errno, -EFBIG if it is longer than @size - 1; @text is "" then.
 */
int procfile_read(const char *path, char *text, size_t size);

/* The same, but of a file that is longer it reads what fits. */
int procfile_read_head(const char *path, char *text, size_t size);

/* procfile_read() of an open file, from its beginning. */
int procfile_read_fd(int fd, char *text, size_t size);

/* Write @text to a file whose settings are best effort: errors are ignored. */
void procfile_write(const char *path, const char *text);

/* The text after @key on the first line that begins with it. NULL: there is no such line. */
const char *procfile_find(const char *text, const char *key);

/*
 * The number after @key, which blanks may precede and @after must follow, for
 * example " kB\n". Returns false if there is no such line, or it is another text.
 */
bool procfile_number(const char *text, const char *key, const char *after, u64 *value);

#endif
