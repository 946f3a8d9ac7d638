/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * port_kernel.h - the memory of dumps.
 */
#ifndef LIVEDUMP_MODULE_PORT_H
#define LIVEDUMP_MODULE_PORT_H

#include <linux/mm_types.h>
#include <linux/types.h>

/*
 * Whether the page frame belongs to a large buffer of a dump. Such a buffer
 * holds an unfinished copy of memory that is in the dump already.
 */
bool livedump_is_own(const struct page *page);

/* Changes when such a buffer is freed: its addresses may be someone else's then. */
u64 livedump_own_frees(void);

#ifdef CONFIG_LIVEDUMP_TWICE
extern atomic_t livedump_allocs_left;
#endif

#endif
