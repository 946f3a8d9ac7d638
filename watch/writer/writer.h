/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * writer.h - processes that write a held dump to a target.
 *
 * A dump is written once. So a writer asks before it gives the dump its name, or before
 * it sends the first byte to a command, and is told to only if it has not been given up
 * by then. One that was given up before can never write the dump later.
 */
#ifndef LIVEDUMP_WATCH_WRITER_H
#define LIVEDUMP_WATCH_WRITER_H

#include "watch/child/child.h"
#include "watch/config/settings.h"
#include "watch/hold/hold.h"

enum writer_news {
	WRITER_NOTHING,		/* nothing yet */
	WRITER_ASKS,		/* whether it may go on */
	WRITER_DONE,		/* the text is where the dump is */
	WRITER_FAILED,		/* the text is why */
	WRITER_WARNS,		/* the text is what the dump or its directory lacks */
	WRITER_COPIES,		/* it gets on: only who has time as long as it does says so */
};

struct writer {
	pid_t pid;		/* 0: there is none; WRITER_ASKED: not one of the daemon's */
	int sock;
	u64 id;			/* of the held dump */
	unsigned int target;	/* index in the configuration, or WRITER_BY_HAND */
	s64 deadline;		/* milliseconds of CLOCK_BOOTTIME */
	bool gone_on;		/* it was told to go on */
};

#define WRITER_INIT	{ .sock = -1 }

/*
 * An administrator writes the dump to where no target is, with --write: a process that the
 * daemon has not started and does not kill. Their sockets talk alike.
 */
#define WRITER_ASKED	(-1)
#define WRITER_BY_HAND	CONFIG_TARGETS_MAX

/* Start to write @held to @target, number @nr. Returns 0 or a negative errno. */
int writer_start(struct writer *w, const struct held *held, const struct target *target,
		 unsigned int nr, s64 now);

/* What it has to say; @text has CHILD_TEXT_MAX bytes. */
enum writer_news writer_read(struct writer *w, char *text);

/* Tell it to go on. Returns 0 or a negative errno. */
int writer_go_on(struct writer *w);

/* Kill it, if it has not ended, and forget it. */
void writer_stop(struct writer *w);

/* The process: these return 0, with where the dump is in @err, or a negative errno. */
struct writer_job {
	const struct held *held;
	const struct target *target;
	int sock;
	bool by_hand;		/* it says that it gets on */
	void (*warn)(const struct writer_job *job, const char *text);
};

int write_to_directory(const struct writer_job *job, struct error *err);
int write_to_command(const struct writer_job *job, struct error *err);

/* Ask the daemon. Returns 0 when it may go on, or a negative errno. */
int writer_ask(const struct writer_job *job, struct error *err);

/* Tell the daemon that the copy gets on. Returns 0, or a negative errno: it need not go on. */
int writer_get_on(const struct writer_job *job, struct error *err);

/* Tell the daemon. Returns 0, or a negative errno: it has ended, or given this process up. */
int writer_say(int sock, enum writer_news news, const char *text);

/* Options of savecore are no advice here: leave them out of what @err says to do. */
void writer_drop_options(struct error *err);

#endif
