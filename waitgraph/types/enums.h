/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * enums.h - numbers that have names in the types of a kernel.
 */
#ifndef LIVEDUMP_WAITGRAPH_ENUMS_H
#define LIVEDUMP_WAITGRAPH_ENUMS_H

#include "types.h"

/* The number of @name in enum @type, or -1: it is not there, or not below 2^31. */
s64 enums_find(const struct types *t, const char *type, const char *name);

#endif
