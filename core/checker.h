/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * checker.h - looks at the copies of kernel structures while these can still be read
 * again.
 *
 * A live dump copies structures while they change, so a list may be torn in the copy.
 * Only a host that knows the kernel's types can tell. It gives the core a checker.
 */
#ifndef LIVEDUMP_CHECKER_H
#define LIVEDUMP_CHECKER_H

#include "port/port.h"

struct ld_pagebuf;

struct ld_checker {
	/*
	 * Look at the page frames in @copies, after reading number @reading, from 1
	 * on. Returns whether the structures shall be read again.
	 */
	bool (*is_torn)(struct ld_checker *c, const struct ld_pagebuf *copies,
			unsigned int reading);
	unsigned int readings;		/* at most; at least 1 */
};

#endif
