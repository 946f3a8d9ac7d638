/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vmcoreinfo.h - look things up in a kernel's VMCOREINFO text: lines of
 * KEY=VALUE, where KEY is like "PAGESIZE", "SYMBOL(_stext)", "SIZE(page)",
 * "OFFSET(page._refcount)" or "NUMBER(phys_base)".
 */
#ifndef LIVEDUMP_VMCOREINFO_H
#define LIVEDUMP_VMCOREINFO_H

#include "port/port.h"

/* The text need not end in a zero byte and is the caller's. */
struct vmcoreinfo {
	const char *text;
	size_t size;
};

/* The value of @key, not terminated, or NULL. Stores its length. */
const char *vmcoreinfo_find(const struct vmcoreinfo *vi, const char *key, size_t *len);

/*
 * Values as the kernel prints them: symbols in hexadecimal, with or without
 * 0x, everything else in decimal. A negative number is stored in two's
 * complement. False when @key is missing or its value is not a number.
 */
bool vmcoreinfo_hex(const struct vmcoreinfo *vi, const char *key, u64 *value);
bool vmcoreinfo_num(const struct vmcoreinfo *vi, const char *key, u64 *value);

#endif
