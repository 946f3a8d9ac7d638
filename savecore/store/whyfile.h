/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * whyfile.h - why.N: who waits for whom in dump N.
 *
 * It is stored when the dump has its name already, without the lock of the directory,
 * and may be missing. It is removed
 * with the dump. infofile.h has the keys of its first lines, "Key: value".
 */
#ifndef LIVEDUMP_WHYFILE_H
#define LIVEDUMP_WHYFILE_H

#include "store.h"

/*
 * After store_publish(): store @text as why.N, with what it says in short. @signature
 * may be "". A failure is a warning of @s; returns whether the file is there.
 */
bool whyfile_store(struct store *s, bool hangs, const char *signature, const char *text);

#endif
