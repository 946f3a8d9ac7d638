/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * own.h - the large buffers of dumps, from vmalloc(), which are left out of dumps.
 */
#ifndef LIVEDUMP_OWN_H
#define LIVEDUMP_OWN_H

#include <linux/gfp.h>
#include <linux/mm_types.h>
#include <linux/types.h>

/*
 * Allocate @size bytes, at least PORT_OWN_MIN. Returns NULL without memory. Free it with the
 * same size.
 */
void *livedump_own_alloc(size_t size, gfp_t gfp);
void livedump_own_free(void *mem, size_t size);

/*
 * Whether the page frame belongs to a large buffer of a dump. Such a buffer
 * holds an unfinished copy of memory that is in the dump already.
 */
bool livedump_is_own(const struct page *page);

/* Changes when such a buffer is freed: its addresses may be someone else's then. */
u64 livedump_own_frees(void);

/*
 * Keep buffers that are freed, for later dumps, while a processor may not answer; or no
 * longer, and free those that are not in use. It may sleep.
 */
void livedump_own_keep(bool on);

/* Bytes of the buffers that are kept, or were kept and are in use. */
u64 livedump_own_kept(void);

#endif
