/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hold.h - dumps in memory, until they are written somewhere.
 *
 * Each is a memfd that has the dump, then its record, then a footer. The record is JSON
 * with all that goes into the files beside the dump, so that a daemon that starts anew
 * has everything in one descriptor. One without a footer is not whole and is not kept.
 */
#ifndef LIVEDUMP_WATCH_HOLD_H
#define LIVEDUMP_WATCH_HOLD_H

#include <jansson.h>

#include "port/port.h"

#define HOLD_MAX	16U
#define HOLD_RECORD_MAX	((size_t)4 << 20)	/* bytes of a record */

struct held {
	u64 id;			/* 0: there is none here */
	int fd;
	u64 dump;		/* bytes of the dump */
	u64 bytes;		/* with record and footer */
	unsigned int priority;
	json_t *record;
	void *map;		/* locks the pages */
	bool stored;		/* the service manager has the descriptor, too */
	unsigned int target;	/* where it is written next */
	s64 next;		/* when, in milliseconds of CLOCK_BOOTTIME */
};

struct hold {
	struct held held[HOLD_MAX];
	u64 budget;		/* bytes */
	u64 next;		/* ID */
};

/* 1/16 of @ram, at most 1 GiB. */
u64 hold_budget(u64 ram);

/*
 * The bytes that a dump of @priority may have: what is free, and what dumps of a lower
 * priority have. 0 also if there are as many dumps as can be held.
 */
u64 hold_room(const struct hold *h, unsigned int priority);

/* Bytes that are held. */
u64 hold_bytes(const struct hold *h);
unsigned int hold_count(const struct hold *h);

/*
 * A new memfd, which only this process and its children have. Returns a descriptor or a
 * negative errno.
 */
int hold_create(void);

/*
 * Append @record to the dump of @dump bytes in @fd. Returns 0 or a negative errno, -EBADMSG
 * if @fd has not exactly so many bytes.
 */
int hold_seal(int fd, u64 dump, const json_t *record);

/*
 * Hold what is in @fd, if it is whole, and lock it; dumps of a lower priority go if it
 * takes their room: @dropped is called for each. @fd belongs to the hold then. Returns
 * 0 or a negative errno, -EBADMSG if it is not whole, -EALREADY if it was written, or held
 * before and removed; @fd is the caller's then.
 */
typedef void hold_drop_fn(const struct held *held, void *arg);
int hold_add(struct hold *h, int fd, hold_drop_fn *dropped, void *arg, struct held **held);

/*
 * Hold one that a daemon before this one has held. It has its room already, even if the
 * budget is smaller now: no other one goes for it. Errors as of hold_add(). If it was written,
 * *@written is set to its record, which is the caller's.
 */
int hold_add_again(struct hold *h, int fd, struct held **held, json_t **written);

/*
 * Look at what is in @fd, which another process holds: @held has its sizes and its record, and
 * neither an ID nor a place. Its holder may take the memory back at any time: what is read of
 * it then ends too soon. Returns 0 or a negative errno, as hold_add().
 */
int hold_borrow(struct held *held, int fd);

/* Free the record of @held; the descriptor stays open. */
void hold_return(struct held *held);

/*
 * A target has it. The process that wrote it marks it itself: if it is killed before it
 * has said so, or the daemon before it has heard it, the dump is not written once more.
 */
void hold_mark_written(const struct held *held);
bool hold_is_written(const struct held *held);

/* The dump is not held any more: its memory is free, whoever else has the descriptor. */
void hold_remove(struct held *held);

/* A text or number of the record; "" and 0 if there is none. */
const char *record_text(const json_t *record, const char *key);
const char *held_text(const struct held *held, const char *key);
s64 held_number(const struct held *held, const char *key);

#endif
