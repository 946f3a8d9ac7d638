/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kmsg.h - messages of the kernel, from /dev/kmsg.
 */
#ifndef LIVEDUMP_WATCH_KMSG_H
#define LIVEDUMP_WATCH_KMSG_H

#include "trigger.h"

struct kmsg {
	int fd;
	u64 lost;		/* how often messages were overwritten before they were read */
};

/* Open it, for messages from now on. Returns 0 or a negative errno. */
int kmsg_open(struct kmsg *k);

/*
 * Read what there is, but not for long, and call @fn for each message that a rule fits.
 * Returns 0 or a negative errno.
 */
int kmsg_read(struct kmsg *k, struct rules *rules, trigger_fn *fn, void *arg);

/*
 * Parse a record of /dev/kmsg in @record, which is changed. Returns the message, or NULL
 * if it is none of the kernel's own: programs can write messages, too.
 */
const char *kmsg_parse(char *record, unsigned int *level);

/* The kernel's log as text. The caller frees it. NULL: it cannot be had. */
char *kmsg_log(void);

void kmsg_close(struct kmsg *k);

#endif
