/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * checker.h - looks at the copies of kernel structures while these can still be read
 * again.
 *
 * A live dump copies structures while they change, so a list may be torn in the copy.
 * Only a host that knows the kernel's types can tell. It gives the core a checker, which
 * may use core/lists.
 */
#ifndef LIVEDUMP_CHECKER_H
#define LIVEDUMP_CHECKER_H

#include "port/port.h"

struct ld_pagebuf;

/* Copies page frames again, where a structure is torn. */
struct ld_again {
	/*
	 * Copy @nr page frames from @pfn on to the page buffer as they are now. Returns 0;
	 * -EFAULT if one is no RAM, cannot be read or does not belong in the dump now; -ENOSPC
	 * or -ETIME if no more can be copied. With an error none, or only the first of them,
	 * are copied.
	 */
	int (*copy)(struct ld_again *again, u64 pfn, unsigned int nr);
};

struct ld_checker {
	/*
	 * Look at the page frames in @copies, after reading number @reading, from 1
	 * on, and mend them by @again. It may be called more than once after a reading.
	 * Returns which structures are still torn, a set of bits, 0 for none.
	 */
	unsigned int (*what_is_torn)(struct ld_checker *c, const struct ld_pagebuf *copies,
				     struct ld_again *again, unsigned int reading);
	unsigned int readings;		/* at most; at least 1 */

	/*
	 * Whether it can look. It is called before memory is read, and may then say so too
	 * early, and with @finally once more after that, before the first look. It may wait
	 * for what it must know. NULL: it always can.
	 */
	bool (*can_look)(struct ld_checker *c, bool finally);
};

#endif
