/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rotate.h - remove old live dumps from a directory.
 *
 * The number of a dump tells its age, not its time: a clock may be wrong. Numbers
 * ascend, so those above the new dump's are from before the administrator set
 * bounds back, and older than all others; unless they came while the new dump was taken,
 * from another machine or container, where locks do not reach.
 */
#ifndef LIVEDUMP_ROTATE_H
#define LIVEDUMP_ROTATE_H

#include "dumps.h"

/* What may stay, with the new dump. */
struct rotate_limits {
	unsigned int dumps;	/* 0: any number */
	u64 bytes;		/* on the disk; 0: any number */
	u64 newer;		/* numbers from here on came meanwhile, and stay; 0: none did */
	bool spare_whole;	/* the newest whole dump stays in any case, see rotate_plan() */
};

/*
 * Sort @list, the newest first, for a new dump @keep, and leave out @keep itself and
 * dumps that may not be removed. Returns how many of the first may stay beside the
 * new one, which takes @bytes on the disk. If that alone is too much, it does not help to
 * remove others. With spare_whole the newest whole dump comes
 * first and stays: a partial dump must not push it out, even if it alone is too much.
 */
size_t rotate_plan(struct dump_list *list, u64 keep, u64 bytes,
		   const struct rotate_limits *limits);

/* What a new dump would do to the others. */
struct rotate_preview {
	size_t dumps;		/* live dumps that there are */
	u64 bytes;		/* that they take on the disk */
	size_t removed;		/* of them */
	u64 removed_bytes;
};

/* The same plan in figures, for a new dump @keep of @bytes. Returns 0 or a negative errno. */
int rotate_foresee(struct rotate_preview *preview, int dir, const struct trust *trust, u64 keep,
		   u64 bytes, const struct rotate_limits *limits);

/*
 * Remove the oldest live dumps with their info files, so that with dump @keep, which
 * stays, no more than @limits are left. Removes only files that trust_owns():
 * regular files livecore.N, and files info.N, info.N.json, why.N and dmesg.N that describe a
 * live dump. Returns 0 or a negative errno.
 */
int rotate_dumps(int dir, const struct trust *trust, u64 keep, const struct rotate_limits *limits);

/* Remove info files of live dumps whose dump is gone: a power failure leaves them. */
int rotate_leftovers(int dir, const struct trust *trust);

#endif
