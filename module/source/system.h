/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * system.h - what a dump says about the running kernel.
 */
#ifndef LIVEDUMP_SYSTEM_H
#define LIVEDUMP_SYSTEM_H

#include "core/source.h"

/*
 * Whether this system can be dumped at all. Returns 0, or a negative errno. It is
 * -EOPNOTSUPP with the reason in *@why for what will not pass by itself.
 */
int livedump_system_check(const char **why);

/*
 * Fill in @sys. The notes are in *@notes, which the caller frees with kvfree().
 * If @frozen, they have space for the registers of each processor. Returns 0 or
 * a negative errno.
 */
int livedump_system_get(struct ld_system *sys, void **notes, bool frozen);

#endif
