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
void livedump_own_free(void *mem);

/*
 * Whether the page frame belongs to a large buffer of a dump. Such a buffer
 * holds an unfinished copy of memory that is in the dump already.
 */
bool livedump_is_own(const struct page *page);

/* Changes when such a buffer is freed: its addresses may be someone else's then. */
u64 livedump_own_frees(void);

/*
 * @on: from now on buffers that are freed are kept for later dumps, because a processor might
 * not answer. Otherwise this ends; livedump_own_release(), which may sleep, then frees those
 * that are kept.
 */
void livedump_own_keep(bool on);
void livedump_own_release(void);

/* Bytes of the buffers that are kept. */
u64 livedump_own_kept(void);

#endif
