/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pressure.h - gives up a dump before the OOM killer ends a program.
 */
#ifndef LIVEDUMP_PRESSURE_H
#define LIVEDUMP_PRESSURE_H

#include "core/control.h"

int livedump_pressure_init(void);
void livedump_pressure_exit(void);

/*
 * From here to livedump_pressure_end(), a system that is out of memory cancels
 * the dump of @control with LD_CAUSE_PRESSURE, and waits for its memory.
 * @memory returns the bytes that it has not given back to the kernel; it is called with a
 * spin lock held, until livedump_pressure_end(). One dump can be watched at
 * a time: the next one takes the place of one that does not end.
 */
void livedump_pressure_begin(struct ld_control *control, u64 (*memory)(struct ld_control *control));

/* The dump of @control has freed its memory. */
void livedump_pressure_end(const struct ld_control *control);

#endif
