/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dumps.h - the live dumps in a directory, and what their info files say.
 */
#ifndef LIVEDUMP_DUMPS_H
#define LIVEDUMP_DUMPS_H

#include "port/port.h"
#include "savecore/files/trust.h"

/* Bytes; more than any info file that savecore writes has. */
#define DUMPS_INFO_MAX	16384

struct stored_dump {
	u64 number;
	u64 bytes;		/* its length */
	u64 disk;		/* what it takes on the disk */
	bool own;		/* trust_owns(): it may be removed */
	bool whole;		/* its info file says so; only set by rotate_dumps() */
};

struct dump_list {
	struct stored_dump *dump;	/* by number, ascending */
	size_t nr;
	size_t foreign;			/* names of dumps that belong to other users */
};

/*
 * The bytes that a file takes on the disk. Those that a file system has reserved
 * beyond its end do not count.
 */
u64 dumps_disk_bytes(const struct stat *st);

/*
 * Find the regular files livecore.N that belong to a trusted user, by trust_knows().
 * Returns 0 or a negative errno. After success the caller must call dumps_free().
 */
int dumps_read(struct dump_list *list, int dir, const struct trust *trust);
void dumps_free(struct dump_list *list);

/*
 * Read the info file @name, if @trusts says so, into @text, of DUMPS_INFO_MAX bytes:
 * as a string, so not beyond the first byte 0. Returns 0 or what trust_open() does.
 */
int dumps_read_info(char *text, int dir, const char *name, const struct trust *trust,
		    trust_fn trusts);

#endif
