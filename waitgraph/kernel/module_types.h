/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * module_types.h - types that only a module has.
 */
#ifndef LIVEDUMP_WAITGRAPH_MODULE_TYPES_H
#define LIVEDUMP_WAITGRAPH_MODULE_TYPES_H

#include "kernel.h"

/*
 * Read the types of the module with the name @module, besides those of @k, which must
 * live as long. @t must be zeroed. Returns whether it has some. The caller must call
 * types_free() even if not.
 */
bool module_types_read(struct types *t, const struct kernel *k, const char *module);

#endif
