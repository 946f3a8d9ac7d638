/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * input.h - open a dump or a stream that the user names.
 */
#ifndef LIVEDUMP_INPUT_H
#define LIVEDUMP_INPUT_H

#include "base/error.h"

/*
 * Open @path for reading, or standard input if it is "-". *@name is set to its
 * name for messages. Returns a file descriptor, which the caller closes, or a
 * negative errno with @err set.
 */
int input_open(const char *path, const char **name, struct error *err);

#endif
