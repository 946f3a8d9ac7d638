/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * beside.h - what is stored beside a held dump.
 */
#ifndef LIVEDUMP_WATCH_BESIDE_H
#define LIVEDUMP_WATCH_BESIDE_H

#include "watch/hold/hold.h"

/*
 * The text of info.N for number @slot: that of the record, with the number, and what has
 * triggered the dump. The caller frees it. NULL: not enough memory.
 */
char *beside_info(const struct held *held, u64 slot);

#endif
