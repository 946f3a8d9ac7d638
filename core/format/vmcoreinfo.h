/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vmcoreinfo.h - find values in the VMCOREINFO text of a kernel: lines of
 * KEY=VALUE, where KEY is like "PAGESIZE", "SYMBOL(_stext)", "SIZE(page)",
 * "OFFSET(page._refcount)" or "NUMBER(phys_base)".
 */
#ifndef LIVEDUMP_VMCOREINFO_H
#define LIVEDUMP_VMCOREINFO_H

#include "port/port.h"

/* The caller owns the text. It need not be terminated. */
struct vmcoreinfo {
	const char *text;
	size_t size;
};

/* Returns the value of @key, not terminated, or NULL. Stores its length in bytes. */
const char *vmcoreinfo_find(const struct vmcoreinfo *vi, const char *key, size_t *len);

/*
 * Parse a value as the kernel prints it: symbols in hexadecimal, with or
 * without 0x, all others in decimal. A negative number is stored in two's
 * complement. Returns false if @key is missing or its value is not a number.
 */
bool vmcoreinfo_hex(const struct vmcoreinfo *vi, const char *key, u64 *value);
bool vmcoreinfo_num(const struct vmcoreinfo *vi, const char *key, u64 *value);

#endif
