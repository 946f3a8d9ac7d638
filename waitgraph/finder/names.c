// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * names.c - names of what tasks wait for.
 */
#include <inttypes.h>
#include <stdio.h>

#include "names.h"

#define NAMES_SB_MAX	16384U		/* file systems */
#define NAMES_ID_SIZE	32U

static const struct field_row name_rows[NR_NAME_FIELDS] = {
	[NAME_INO] = { "inode", "i_ino", false },
	[NAME_SB] = { "inode", "i_sb", false },
	[NAME_MAPPING] = { "inode", "i_mapping", false },
	[NAME_STATE] = { "inode", "i_state", false },
	[NAME_HOST] = { "address_space", "host", false },
	[NAME_SB_LIST] = { "super_block", "s_list", false },
	[NAME_SB_ID] = { "super_block", "s_id", false },
	[NAME_SB_TYPE] = { "super_block", "s_type", false },
	[NAME_SB_WRITERS] = { "super_block", "s_writers", false },
	[NAME_SB_BDEV] = { "super_block", "s_bdev", false },
	[NAME_TYPE_NAME] = { "file_system_type", "name", false },
	[NAME_BLOCK] = { "buffer_head", "b_blocknr", false },
	[NAME_BH_STATE] = { "buffer_head", "b_state", false },
	[NAME_BH_DISK] = { "buffer_head", "b_bdev", false },
	[NAME_BDEV_DISK] = { "block_device", "bd_disk", false },
	[NAME_DISK_NAME] = { "gendisk", "disk_name", false },
	[NAME_DISK_PART] = { "gendisk", "part0", true },	/* a pointer since Linux 5.11 */
	[NAME_BDEV] = { "bdev_inode", "bdev", false },
	[NAME_BDEV_INODE] = { "bdev_inode", "vfs_inode", false },
};

void names_open(struct names *n, const struct wait_finder *f)
{
	n->usable = finder_fields(f, name_rows, NR_NAME_FIELDS, n->fields);
}

static bool names_sb(const struct names *n, const struct wait_finder *f, u64 sb,
		     char *buf, size_t size)
{
	u64 list = sb + n->fields[NAME_SB_LIST].off, next, back, type, at;
	char id[NAMES_ID_SIZE], name[NAMES_ID_SIZE];
	struct memory *m = f->k->m;

	if (memory_u64(m, list, &next) || memory_u64(m, next + 8, &back) || back != list ||
	    memory_string(m, sb + n->fields[NAME_SB_ID].off, id, sizeof(id)) ||
	    field_read(m, sb, &n->fields[NAME_SB_TYPE], &type) ||
	    field_read(m, type, &n->fields[NAME_TYPE_NAME], &at) ||
	    memory_string(m, at, name, sizeof(name)))
		return false;
	snprintf(buf, size, "%s %s", name, id);
	return true;
}

/* Whether the inode is one of a disk, or of a part of one. */
static bool names_is_bdev(const struct wait_finder *f, u64 sb)
{
	u64 at, its;

	return symbols_find(&f->k->symbols, "blockdev_superblock", &at) &&
		!memory_u64(f->k->m, at, &its) && its == sb;
}

u64 names_inode_disk(const struct names *n, const struct wait_finder *f, u64 inode)
{
	u64 sb, bdev, disk;

	if (!n->usable || field_read(f->k->m, inode, &n->fields[NAME_SB], &sb))
		return 0;
	if (names_is_bdev(f, sb))
		bdev = inode - n->fields[NAME_BDEV_INODE].off + n->fields[NAME_BDEV].off;
	else if (field_read(f->k->m, sb, &n->fields[NAME_SB_BDEV], &bdev) || !bdev)
		return 0;
	return field_read(f->k->m, bdev, &n->fields[NAME_BDEV_DISK], &disk) ? 0 : disk;
}

u64 names_bdev_disk(const struct names *n, const struct wait_finder *f, u64 bdev)
{
	const struct field *part = &n->fields[NAME_DISK_PART];
	struct memory *m = f->k->m;
	u64 disk, whole, its;

	if (!bdev || field_read(m, bdev, &n->fields[NAME_BDEV_DISK], &disk) || !disk)
		return 0;
	if (part->there && part->size == sizeof(whole) &&
	    (field_read(m, disk, part, &whole) ||
	     field_read(m, whole, &n->fields[NAME_BDEV_DISK], &its) || its != disk))
		return 0;
	return disk;
}

u64 names_buffer_disk(const struct names *n, const struct wait_finder *f, u64 bh)
{
	u64 bdev;

	if (!n->usable || field_read(f->k->m, bh, &n->fields[NAME_BH_DISK], &bdev))
		return 0;
	return names_bdev_disk(n, f, bdev);
}

bool names_disk(const struct names *n, const struct wait_finder *f, u64 disk,
		char buf[NAMES_SIZE])
{
	return !memory_string(f->k->m, disk + n->fields[NAME_DISK_NAME].off, buf,
			      NAMES_ID_SIZE) && *buf;
}

bool names_inode(const struct names *n, const struct wait_finder *f, u64 inode,
		 char buf[NAMES_SIZE])
{
	char sb_name[2 * NAMES_ID_SIZE];
	u64 ino, sb, disk;

	if (!n->usable || field_read(f->k->m, inode, &n->fields[NAME_INO], &ino) ||
	    field_read(f->k->m, inode, &n->fields[NAME_SB], &sb) ||
	    !names_sb(n, f, sb, sb_name, sizeof(sb_name)))
		return false;
	disk = names_is_bdev(f, sb) ? names_inode_disk(n, f, inode) : 0;
	if (disk)
		return names_disk(n, f, disk, buf);
	snprintf(buf, NAMES_SIZE, "inode %" PRIu64 " of %s", (uint64_t)ino, sb_name);
	return true;
}

u64 names_mapping(const struct names *n, const struct wait_finder *f, u64 mapping)
{
	u64 inode, its;

	if (!n->usable || !mapping || mapping % sizeof(u64) ||
	    field_read(f->k->m, mapping, &n->fields[NAME_HOST], &inode) || !inode ||
	    field_read(f->k->m, inode, &n->fields[NAME_MAPPING], &its) || its != mapping)
		return 0;
	return inode;
}

bool names_buffer(const struct names *n, const struct wait_finder *f, u64 bh,
		  char buf[NAMES_SIZE])
{
	u64 disk = names_buffer_disk(n, f, bh), block;
	char disk_name[NAMES_SIZE];

	if (!disk || field_read(f->k->m, bh, &n->fields[NAME_BLOCK], &block) ||
	    !names_disk(n, f, disk, disk_name))
		return false;
	snprintf(buf, NAMES_SIZE, "block %" PRIu64 " of %.*s", (uint64_t)block,
		 (int)NAMES_ID_SIZE, disk_name);
	return true;
}

bool names_writers(const struct names *n, const struct wait_finder *f, u64 addr,
		   char buf[NAMES_SIZE])
{
	const struct field *writers = &n->fields[NAME_SB_WRITERS];
	u64 head, at, next, back;

	if (!n->usable || !symbols_find(&f->k->symbols, "super_blocks", &head))
		return false;
	at = head;
	for (u32 i = 0; i < NAMES_SB_MAX; i++, at = next) {
		u64 sb;

		if (memory_u64(f->k->m, at, &next) || next == head ||
		    memory_u64(f->k->m, next + 8, &back) || back != at)
			break;
		sb = next - n->fields[NAME_SB_LIST].off;
		if (addr >= sb + writers->off && addr - (sb + writers->off) < writers->size)
			return names_sb(n, f, sb, buf, NAMES_SIZE);
	}
	return false;
}
