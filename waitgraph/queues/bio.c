// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * bio.c - who waits for a bio by submit_bio_wait() has a completion, to which the bio
 * points. Direct I/O has a structure for all its bios, which points to the task. Source:
 * block/bio.c, block/fops.c and fs/iomap/direct-io.c.
 *
 * Both are found by a pointer to them on the stack, where a function has saved it, or are
 * on the stack themselves.
 */
#include "bio.h"

static const struct field_row bio_rows[NR_BIO_FIELDS] = {
	[BIO_PRIVATE] = { "bio", "bi_private", false },
	[BIO_END_IO] = { "bio", "bi_end_io", false },
	[BIO_BDEV] = { "bio", "bi_bdev", true },
	[BIO_DISK] = { "bio", "bi_disk", true },
	[BIO_DIO_WAITER] = { "blkdev_dio", "waiter", true },
	[BIO_DIO_BIO] = { "blkdev_dio", "bio", true },
	[BIO_IOMAP_WAITER] = { "iomap_dio", "submit.waiter", true },
	[BIO_IOMAP_IOCB] = { "iomap_dio", "iocb", true },
	[BIO_IOCB_FILE] = { "kiocb", "ki_filp", true },
	[BIO_FILE_MAPPING] = { "file", "f_mapping", true },
};

void bio_open(struct bio_finder *b, const struct wait_finder *f)
{
	b->usable = finder_fields(f, bio_rows, NR_BIO_FIELDS, b->fields);
}

struct bio_search {
	const struct bio_finder *b;
	const struct names *names;
	u64 done;			/* the completion; 0: look for direct I/O */
	bool iomap;			/* the task is in the function for that */
};

static bool bio_has(const struct bio_search *s, const struct wait_finder *f, u64 base,
		    enum bio_field field, u64 value)
{
	const struct field *at = &s->b->fields[field];
	u64 is;

	return at->there && !field_read(f->k->m, base, at, &is) && is == value;
}

/* The disk of the bio at @bio, or 0. It is none if no function of these is to be called. */
static u64 bio_disk(const struct bio_search *s, const struct wait_finder *f, u64 bio,
		    const char *const *ends)
{
	const struct field *fields = s->b->fields;
	struct symbol_at end;
	bool found = false;
	u64 at;

	if (field_read(f->k->m, bio, &fields[BIO_END_IO], &at) ||
	    !symbols_is_text(&f->k->symbols, at) || !symbols_at(&f->k->symbols, at, &end) ||
	    end.offset)
		return 0;
	for (; *ends; ends++)
		found |= finder_is_function(end.name, *ends);
	if (!found)
		return 0;
	if (fields[BIO_BDEV].there && !field_read(f->k->m, bio, &fields[BIO_BDEV], &at))
		return names_bdev_disk(s->names, f, at);
	if (fields[BIO_DISK].there && !field_read(f->k->m, bio, &fields[BIO_DISK], &at))
		return at;
	return 0;
}

static u64 bio_iomap_disk(const struct bio_search *s, const struct wait_finder *f, u64 dio)
{
	const struct field *fields = s->b->fields;
	u64 at;

	if (!fields[BIO_IOMAP_IOCB].there || !fields[BIO_IOCB_FILE].there ||
	    !fields[BIO_FILE_MAPPING].there ||
	    field_read(f->k->m, dio, &fields[BIO_IOMAP_IOCB], &at) ||
	    field_read(f->k->m, at, &fields[BIO_IOCB_FILE], &at) ||
	    field_read(f->k->m, at, &fields[BIO_FILE_MAPPING], &at))
		return 0;
	at = names_mapping(s->names, f, at);
	return at ? names_inode_disk(s->names, f, at) : 0;
}

/* The disk of what is at @base if that is what ends the wait, or 0. */
static u64 bio_disk_of(const struct bio_search *s, const struct wait_finder *f, u64 base)
{
	static const char *const waited[] = { "submit_bio_wait_endio", "bio_wait_end_io", NULL };
	static const char *const direct[] = { "blkdev_bio_end_io", NULL };
	static const char *const simple[] = { "blkdev_bio_end_io_simple", NULL };
	u64 task = f->task->addr, disk = 0;

	if (s->done)
		return bio_has(s, f, base, BIO_PRIVATE, s->done) ?
		       bio_disk(s, f, base, waited) : 0;
	if (bio_has(s, f, base, BIO_DIO_WAITER, task) && s->b->fields[BIO_DIO_BIO].there)
		disk = bio_disk(s, f, base + s->b->fields[BIO_DIO_BIO].off, direct);
	if (!disk && s->iomap && bio_has(s, f, base, BIO_IOMAP_WAITER, task))
		disk = bio_iomap_disk(s, f, base);
	/* Before Linux 5.18 the bio of a short direct I/O points to the task. */
	if (!disk && bio_has(s, f, base, BIO_PRIVATE, task))
		disk = bio_disk(s, f, base, simple);
	return disk;
}

static u64 bio_find_disk(const struct bio_search *s, const struct wait_finder *f)
{
	u64 word, disk;

	for (u64 at = f->task->sp; finder_on_stack(f, at); at += sizeof(word)) {
		disk = bio_disk_of(s, f, at);
		if (!disk && !memory_u64(f->k->m, at, &word) && word &&
		    word % sizeof(word) == 0)
			disk = bio_disk_of(s, f, word);
		if (disk)
			return disk;
	}
	return 0;
}

void bio_refine(const struct bio_finder *b, const struct wait_finder *f, const struct names *n,
		const struct disks *d, struct wait *wait)
{
	static const char *const io[] = { "io_schedule", "io_schedule_timeout", NULL };
	static const char *const iomap[] = { "__iomap_dio_rw", "iomap_dio_rw", NULL };
	struct bio_search s = { b, n, wait->lock, false };
	char name[NAMES_SIZE], busy[DISKS_SIZE];
	u64 disk;

	/* All that waits for a disk says so to the scheduler, and a search takes long. */
	if (!b->usable || !n->usable || finder_frame(f, 0, io) == FINDER_NO_FRAME ||
	    (wait->lock && !finder_on_stack(f, wait->lock)))
		return;
	s.iomap = finder_frame(f, 0, iomap) != FINDER_NO_FRAME;
	disk = bio_find_disk(&s, f);
	if (!disk || !names_disk(n, f, disk, name))
		return;
	wait->kind = &wait_kinds[KIND_DISK];
	wait->lock = disk;
	wait->device = disk;
	if (disks_busy(d, f, disk, busy))
		finder_set_about(wait, "%s", busy);
	else
		finder_set_about(wait, "%s", name);
}
