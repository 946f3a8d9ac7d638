/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * store.h - a directory of dumps.
 *
 *   livecore.N      live dump N, mode 0600
 *   info.N          text about it, mode 0600
 *   info.N.json     the same for programs, if requested
 *   why.N           who waits for whom in it, see whyfile.h, mode 0600
 *   dmesg.N         the kernel's log up to it, see logfile.h, mode 0600
 *   livecore.last   symbolic link to the newest
 *   info.last       symbolic link to its text
 *   bounds          number of the next dump, mode 0644
 *   minfree         KiB that a dump must leave free; the administrator writes it
 *
 * Other programs may store crash dumps in the same directory, as vmcore.N with
 * info.N and the same bounds. A number that any of these files uses is not used
 * again. Only bounds and the two links are replaced.
 *
 * Other users' files, see trust.h, take numbers and names and do nothing else.
 */
#ifndef LIVEDUMP_STORE_H
#define LIVEDUMP_STORE_H

#include "port/port.h"
#include "base/error.h"
#include "savecore/dumps/rotate.h"
#include "savecore/files/dirlock.h"
#include "savecore/files/reserve.h"
#include "savecore/files/tempfile.h"
#include "savecore/files/trust.h"

#define STORE_SLOT_MAX	999999999U

/* Names that are left alone, because others than savecore's user may have made them. */
enum store_ignored {
	STORE_IGNORED_BOUNDS = 1,
	STORE_IGNORED_MINFREE = 2,
	STORE_IGNORED_LIVECORE_LAST = 4,
	STORE_IGNORED_INFO_LAST = 8,
};

#define STORE_WARNINGS	4

struct store {
	int dir;
	int lock;		/* see dirlock.h */
	const char *path;	/* as the user named it */
	bool force;
	u64 next;		/* the number in bounds */
	u64 newer;		/* above all numbers that were in use when it was opened */
	u64 minfree;		/* bytes, 0: none */
	u64 max_total;		/* bytes that live dumps may take, 0: any; set by the caller */
	u64 slot;		/* number of the new dump; see store_pick() */
	struct reserve *reserve;	/* for store_publish(); NULL: none; set by the caller */
	unsigned int picks;	/* how often store_pick() was called */
	struct trust trust;	/* of the directory */
	unsigned int ignored;	/* set of enum store_ignored */
	struct error warnings[STORE_WARNINGS];
};

#define STORE_INIT	{ .dir = -1, .lock = DIRLOCK_NONE }

/* Parse a decimal number of at most @max, which white space may follow. */
bool store_parse_number(const char *text, u64 max, u64 *value);

/*
 * Open and lock the directory, and read bounds and minfree. With @force, the
 * next number is the one after the highest if bounds is damaged, and minfree is
 * ignored. Functions that return an int return 0 or a negative errno, and say in
 * @err what is wrong.
 */
int store_open(struct store *s, const char *path, bool force, struct error *err);

/*
 * The same to look only: does not lock the directory, which would be in the way of a dump, and
 * does not remove what killed processes have left.
 */
int store_open_to_look(struct store *s, const char *path, bool force, struct error *err);

void store_close(struct store *s);

/* Whether less than minfree is available now. */
bool store_is_short(const struct store *s);

/* Whether the dump @fd alone takes more than max_total on the disk. */
bool store_is_over(const struct store *s, int fd);

/* The same of a dump of @level; returns -EFBIG and sets @err if so. */
int store_check_total(const struct store *s, int fd, unsigned int level, struct error *err);

/* Whether less than minfree is available, or -ENOSPC with @err set. */
int store_check_minfree(const struct store *s, struct error *err);

/*
 * Where the next warning goes: what the user should know of a dump that is good all
 * the same. store_collect_warnings() adds the one about names that were ignored.
 */
struct error *store_warning(struct store *s);
void store_collect_warnings(struct store *s);

/*
 * Choose the number of the dump: the first unused one that is not below bounds. From
 * the STORE_PICKS_NEARth call on it is one at random within STORE_PICK_RANGE, so
 * that nobody can take all numbers first.
 */
#define STORE_PICKS_NEAR	10
#define STORE_PICK_RANGE	65536
int store_pick(struct store *s, struct error *err);

/*
 * Give the dump, its info file and, unless @json is NULL, info.N.json their
 * names, and advance bounds: all or nothing. Returns -EEXIST and leaves @err as
 * it is if another program has used the number since store_pick(): pick again.
 */
int store_publish(struct store *s, struct tempfile *dump, const char *info, const char *json,
		  struct error *err);

/*
 * After store_publish(): set the links, write the directory to disk, and then
 * remove the oldest live dumps beyond @limits, and info files whose dump is gone.
 * NULL: remove nothing. A failure leaves the new dump as it is.
 */
int store_finish(struct store *s, const struct rotate_limits *limits, struct error *err);

#endif
