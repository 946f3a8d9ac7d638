/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * store.h - a directory of dumps.
 *
 *   livecore.N      live dump N, mode 0600
 *   info.N          text about it, mode 0600
 *   info.N.json     the same for programs, if it was asked for
 *   livecore.last   symbolic link to the newest
 *   info.last       symbolic link to its text
 *   bounds          number of the next dump, mode 0644
 *   minfree         KiB that a dump must leave free; the administrator's
 *
 * Others keep crash dumps here, as vmcore.N with an info.N and the same
 * bounds. A number that is in use by any of these files is passed over; no
 * file but bounds and the two links is ever replaced.
 */
#ifndef LIVEDUMP_STORE_H
#define LIVEDUMP_STORE_H

#include "port/port.h"
#include "port/error.h"
#include "tempfile.h"

#define STORE_SLOT_MAX	999999999U

struct store {
	int dir;		/* holds the lock of the directory */
	const char *path;	/* as the user named it */
	bool force;
	u64 next;		/* what bounds said */
	u64 minfree;		/* bytes, 0: none */
	u64 slot;		/* of the dump to be stored; see store_pick() */
};

/* A decimal number of at most @max, and white space after it. */
bool store_parse_number(const char *text, u64 max, u64 *value);

/*
 * Open and lock the directory, and read bounds and minfree. @force: begin again
 * after the highest number if bounds is damaged, and take no notice of minfree.
 * All return 0 or a negative errno, and say in @err what is wrong.
 */
int store_open(struct store *s, const char *path, bool force, struct error *err);
void store_close(struct store *s);

/* Whether minfree is violated now. */
bool store_is_short(const struct store *s);

/* The same, said in @err, with -ENOSPC. */
int store_check_minfree(const struct store *s, struct error *err);

/* Choose the number of the dump: the first at or after bounds not in use. */
int store_pick(struct store *s, struct error *err);

/*
 * Let the dump and its info appear, with @json beside it unless that is NULL,
 * and advance bounds: all or nothing.
 * Returns -EEXIST, with nothing said in @err, when someone has taken the
 * number since store_pick(): pick again.
 */
int store_publish(struct store *s, struct tempfile *dump, const char *info, const char *json,
		  struct error *err);

/*
 * What is left once the dump is there: set the links, make it all durable,
 * and then remove the oldest live dumps beyond @maxdumps (0: none). A failure
 * leaves the dump as it is.
 */
int store_finish(struct store *s, unsigned int maxdumps, struct error *err);

#endif
