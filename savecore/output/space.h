/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * space.h - a thread that cancels a dump when its directory runs short of space:
 * less than minfree is left, or the dump exceeds max_total.
 *
 * It is not the thread that watches signals and other limits: to ask a file system
 * how much it has left may take for ever, if that file system is on a server.
 */
#ifndef LIVEDUMP_SPACE_H
#define LIVEDUMP_SPACE_H

#include "core/control.h"
#include "output.h"

struct space;

/*
 * Watch the limits of @output, see output_limit(). Cancels @dump, or if that is
 * cancelled already, @verify. Does nothing, and sets *@space to NULL, if there are no
 * limits. Returns 0 or a negative errno, with @err set.
 */
int space_start(struct space **space, const struct output *output, struct ld_control *dump,
		struct ld_control *verify, struct error *err);

/* Does not wait for the thread, which cancels nothing any more. @space may be NULL. */
void space_stop(struct space *space);

#endif
