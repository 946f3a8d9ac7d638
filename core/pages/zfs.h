/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * zfs.h - recognize the pages of ZFS's file cache, which are on no LRU list and in no
 * mapping, and have no page type.
 *
 * OpenZFS marks them "so they can be excluded from kernel crash dumps": PG_private is
 * set, and page->private, elsewhere a pointer or a small number, has this value. See
 * abd_mark_zfs_page() in its module/os/linux/zfs/abd_os.c. Of a compound page the head
 * is marked. What ZFS keeps in slabs and vmalloc memory has no mark.
 */
#ifndef LIVEDUMP_ZFS_H
#define LIVEDUMP_ZFS_H

#define LD_ZFS_PRIVATE	0x2f5abdf11ecac4eULL

#endif
