/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * system.h - what a dump says of the kernel that runs.
 */
#ifndef LIVEDUMP_SYSTEM_H
#define LIVEDUMP_SYSTEM_H

#include "core/source.h"

/*
 * Fill in @sys. Its notes are in *@notes, which the caller frees with kvfree().
 * @frozen: they will have the registers of every CPU. Returns 0 or a negative
 * errno.
 */
int livedump_system_get(struct ld_system *sys, void **notes, bool frozen);

#endif
