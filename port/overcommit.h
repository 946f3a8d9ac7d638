/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * overcommit.h - whether the kernel promises memory that it may not have.
 */
#ifndef LIVEDUMP_OVERCOMMIT_H
#define LIVEDUMP_OVERCOMMIT_H

#include "port.h"

/* Whether it does not: strict overcommit (vm.overcommit_memory=2). */
bool overcommit_is_strict(void);

/*
 * Bytes that strict overcommit withholds from a process without CAP_SYS_ADMIN
 * (vm.admin_reserve_kbytes). 0 if overcommit is not strict.
 */
u64 overcommit_admin_reserve(void);

/*
 * Whether @bytes can be had now, and would be without capabilities. For libraries that
 * do not survive it if they get no memory.
 */
bool overcommit_can_have(size_t bytes);

#endif
