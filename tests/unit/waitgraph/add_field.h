/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * add_field.h - members of made-up structures.
 */
#ifndef LIVEDUMP_TEST_ADD_FIELD_H
#define LIVEDUMP_TEST_ADD_FIELD_H

#include <bpf/btf.h>
#include <stdlib.h>

#include "port/port.h"

/* Add @name to the structure that was added last, @off bytes from its beginning. */
static inline void add_field(struct btf *btf, const char *name, int type, u32 off)
{
	if (btf__add_field(btf, name, type, off * 8, 0))
		abort();
}

#endif
