/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * logfile.h - dmesg.N: the kernel's log up to dump N, as text.
 *
 * livedump-watch(8) stores it when the dump has its name already. It may be missing, and
 * is removed with the dump. Its first line tells it from other programs' files.
 */
#ifndef LIVEDUMP_LOGFILE_H
#define LIVEDUMP_LOGFILE_H

#include "store.h"

/* After store_publish(): store @text. Returns whether the file is there. */
bool logfile_store(struct store *s, const char *text);

#endif
