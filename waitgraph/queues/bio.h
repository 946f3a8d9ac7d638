/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bio.h - tasks that wait for a disk itself, and for neither a page nor a buffer: direct
 * I/O, flushes, and what file systems read and write by themselves.
 */
#ifndef LIVEDUMP_WAITGRAPH_BIO_H
#define LIVEDUMP_WAITGRAPH_BIO_H

#include "disks.h"
#include "waitgraph/finder/names.h"

enum bio_field {
	BIO_PRIVATE, BIO_END_IO,
	BIO_BDEV, BIO_DISK,				/* the latter before Linux 5.12 */
	BIO_DIO_WAITER, BIO_DIO_BIO,			/* of a struct blkdev_dio */
	BIO_IOMAP_WAITER, BIO_IOMAP_IOCB,		/* of a struct iomap_dio */
	BIO_IOCB_FILE, BIO_FILE_MAPPING,
	NR_BIO_FIELDS
};

struct bio_finder {
	struct field fields[NR_BIO_FIELDS];
	bool usable;
};

void bio_open(struct bio_finder *b, const struct wait_finder *f);

/*
 * If @wait, for a completion or for what is not known, is one for a disk, tell so, and for
 * which.
 */
void bio_refine(const struct bio_finder *b, const struct wait_finder *f, const struct names *n,
		const struct disks *d, struct wait *wait);

#endif
