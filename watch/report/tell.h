/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tell.h - tell of what has happened: a journal entry, and the hook. In a process of its
 * own, because the journal and the hook may wait for the disk that hangs, and neither waits
 * for the other.
 */
#ifndef LIVEDUMP_WATCH_TELL_H
#define LIVEDUMP_WATCH_TELL_H

#include <jansson.h>
#include <sys/types.h>

#include "watch/config/settings.h"

enum tell_event {
	TELL_TAKEN,		/* a dump is held in memory */
	TELL_WRITTEN,		/* and now at a target */
	TELL_FAILED,		/* no dump was taken */
	TELL_LOST,		/* a held dump was replaced */
	TELL_NR,
};

/*
 * Tell of @event: @record is that of the dump, or what is known of one that failed,
 * @text is one line for people. The hook gets the record without its long texts and
 * without addresses, and "event" and "text". Returns the process, or -1.
 */
pid_t tell_start(const struct config *c, enum tell_event event, const json_t *record,
		 const char *text);

/* The JSON that the hook gets. NULL: not enough memory. */
char *tell_json(enum tell_event event, const json_t *record, const char *text);

/*
 * Replace each address of the kernel in @text by a number: #1, #2. The journal and its copies
 * have more readers than the dump, who are not to learn where the kernel's memory is.
 */
void tell_hide_addresses(char *text);

/* Replace the file @path by @text, all or nothing. Returns 0 or a negative errno. */
int tell_replace_file(const char *path, const char *text, unsigned int mode);

#endif
