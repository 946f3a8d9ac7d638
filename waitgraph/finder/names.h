/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * names.h - name pages, inodes, buffers and file systems for people. A name is that of a
 * thing that is there: what it points to points back.
 */
#ifndef LIVEDUMP_WAITGRAPH_NAMES_H
#define LIVEDUMP_WAITGRAPH_NAMES_H

#include "finder.h"

#define NAMES_SIZE	96U

enum name_field {
	NAME_INO, NAME_SB, NAME_MAPPING, NAME_STATE,	/* of an inode */
	NAME_HOST,					/* of an address_space */
	NAME_SB_LIST, NAME_SB_ID, NAME_SB_TYPE, NAME_SB_WRITERS, NAME_SB_BDEV,
	NAME_TYPE_NAME,
	NAME_BLOCK, NAME_BH_STATE, NAME_BH_DISK,	/* of a buffer_head */
	NAME_BDEV_DISK, NAME_DISK_NAME, NAME_DISK_PART,
	NAME_BDEV, NAME_BDEV_INODE,			/* of a bdev_inode */
	NR_NAME_FIELDS
};

struct names {
	struct field fields[NR_NAME_FIELDS];
	bool usable;
};

void names_open(struct names *n, const struct wait_finder *f);

/* "inode 12 of ext4 vda", or the disk's name; false: there is no inode at @inode. */
bool names_inode(const struct names *n, const struct wait_finder *f, u64 inode,
		 char buf[NAMES_SIZE]);

/* The disk that the inode at @inode is on, or that it stands for: a gendisk, or 0. */
u64 names_inode_disk(const struct names *n, const struct wait_finder *f, u64 inode);

/*
 * The disk that the block_device at @bdev is, or is a part of: a gendisk, or 0. For this
 * and names_disk() @n must be usable.
 */
u64 names_bdev_disk(const struct names *n, const struct wait_finder *f, u64 bdev);

/* "vda", of the gendisk at @disk; false: it has no name. */
bool names_disk(const struct names *n, const struct wait_finder *f, u64 disk,
		char buf[NAMES_SIZE]);

/* The disk of the buffer_head at @bh, or 0. */
u64 names_buffer_disk(const struct names *n, const struct wait_finder *f, u64 bh);

/* The inode whose pages the address_space at @mapping has, or 0. */
u64 names_mapping(const struct names *n, const struct wait_finder *f, u64 mapping);

/* "block 12 of vda"; false: there is no buffer_head at @bh. */
bool names_buffer(const struct names *n, const struct wait_finder *f, u64 bh,
		  char buf[NAMES_SIZE]);

/* "ext4 vda", of the file system that has @addr in its s_writers; false: none. */
bool names_writers(const struct names *n, const struct wait_finder *f, u64 addr,
		   char buf[NAMES_SIZE]);

#endif
