/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * own.h - the large buffers of dumps, from vmalloc(), which are left out of dumps.
 */
#ifndef LIVEDUMP_OWN_H
#define LIVEDUMP_OWN_H

#include <linux/gfp.h>
#include <linux/mm_types.h>
#include <linux/types.h>

/* Allocate @size bytes, at least PORT_OWN_MIN, from a page's begin on. NULL: no memory. */
void *livedump_own_alloc(size_t size, gfp_t gfp);

/* Keep the buffer for later allocations, until livedump_own_settle(). */
void livedump_own_free(void *mem);

/*
 * Whether the page frame belongs to a large buffer of a dump. Such a buffer
 * holds an unfinished copy of memory that is in the dump already.
 */
bool livedump_is_own(const struct page *page);

/* Changes when such a buffer is freed: its addresses may be someone else's then. */
u64 livedump_own_frees(void);

/*
 * At the end of each dump: give the buffers that are kept back to the kernel. If a processor
 * does not take interrupts within a second, this is done later, when all have taken one. May
 * sleep.
 */
void livedump_own_settle(void);

/* Bytes of the buffers that are kept. */
u64 livedump_own_kept(void);

/* The module is unloaded: no dump runs. */
void livedump_own_exit(void);

#endif
