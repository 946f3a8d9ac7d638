/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * unaccepted.h - memory that a confidential guest has not accepted from its
 * hypervisor yet. Reading it ends the guest.
 */
#ifndef LIVEDUMP_UNACCEPTED_H
#define LIVEDUMP_UNACCEPTED_H

#include <linux/types.h>

/*
 * Whether such memory, if there is any, can be told from other memory. Returns
 * 0, or -EOPNOTSUPP and the reason in *@why.
 */
int livedump_unaccepted_check(const char **why);

/*
 * Whether any of the page frames @pfn .. @pfn + @nr - 1, which are in one
 * ONLINE_UNIT, is not accepted yet. Once false, it stays false. The caller keeps
 * memory from going offline.
 */
bool livedump_unaccepted(u64 pfn, unsigned int nr);

#endif
