/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hint.h - what the user can do about an error, by its errno and by what failed.
 * The last part of a message comes from here, so that one errno has one remedy in
 * all messages.
 */
#ifndef LIVEDUMP_HINT_H
#define LIVEDUMP_HINT_H

#include "port/port.h"

/* What failed. */
enum hint_op {
	HINT_DIRECTORY,		/* open, list or lock the directory of dumps */
	HINT_BOUNDS,		/* read a small file of that directory */
	HINT_CREATE,		/* create a file for the dump, or give it its name */
	HINT_WRITE,		/* write or finish the dump */
	HINT_STREAM,		/* open a stream for the dump */
	HINT_INPUT,		/* open or read a file that the user named */
	HINT_KERNEL,		/* open or read a file that the kernel offers */
	HINT_THREAD,		/* start a thread */
	HINT_MODULE,		/* anything that the module does */
};

/* What to do about the positive @errnum, never NULL. It names no file. */
const char *hint_of(enum hint_op op, int errnum);

/* How to make room; @rotates: old dumps of the directory are removed (-m). */
const char *hint_room(bool rotates);

/* How to make a dump of @level smaller, or NULL if it cannot leave out more. */
const char *hint_less(unsigned int level);

/* Join the @nr of @ways that are not NULL: "a, b, or c". Returns @buf. */
const char *hint_join(char *buf, size_t size, const char *const *ways, unsigned int nr);

/* The same of arrays. */
#define HINT_JOIN(buf, ways) \
	hint_join(buf, sizeof(buf), ways, sizeof(ways) / sizeof(*(ways)))

/* What to do about a directory or a file that does not answer, because its disk hangs. */
const char *hint_hung(void);

/* hint_of() for a user who is root, or is not. */
const char *hint_for(enum hint_op op, int errnum, bool root);

#endif
