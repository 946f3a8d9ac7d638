/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * event.h - tell other parts of the kernel of a dump, see include/linux/livedump.h.
 */
#ifndef LIVEDUMP_EVENT_H
#define LIVEDUMP_EVENT_H

#include <linux/types.h>

struct dump_request;
struct dump_result;

/* @dump: its number. Returns 0, or the negative errno of the handler that refuses the dump. */
int livedump_event_begin(const struct dump_request *request, u64 dump);

/* After an event_begin() that returned 0. The dump has ended with @err. */
void livedump_event_end(const struct dump_request *request, const struct dump_result *result,
			u64 dump, int err);

#endif
