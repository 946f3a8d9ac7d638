/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * descriptors.h - which files a process has, before it does its work.
 */
#ifndef LIVEDUMP_DESCRIPTORS_H
#define LIVEDUMP_DESCRIPTORS_H

#include <stddef.h>

/*
 * Close all descriptors from @from on but the @nr ones of @keep, which is sorted here.
 * Pipes that others read must end when their owner does, and so must its locks.
 */
void descriptors_close_from(int from, int *keep, size_t nr);

/*
 * Open the file of @fd once more, for reading only, and as an open file of its own: who
 * has it can neither write to the file nor keep the locks of @fd. Returns a descriptor,
 * which the caller closes, or a negative errno.
 */
int descriptors_open_again(int fd);

#endif
