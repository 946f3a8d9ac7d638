/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * control.h - how --status, --now and --let-go reach the daemon: a socket that only root
 * can open.
 *
 * A question is one message, "status", "now REASON", "let-go" or "write KEY...". The answer to
 * the first is JSON, see stats_status(). The answer to the second comes when the dump is there:
 * "+" or "-" and a line, and so is that to the third. The answer to the last is "+KEY" with the
 * descriptor of a held dump whose key is none of those; who has asked is a writer of it then, see
 * writer.h. Without a descriptor no other one is held, and after "-" is why none is given.
 *
 * No program can be started while the disk that has it hangs. But the shell that an
 * administrator has can write: a line written to the FIFO beside the socket is a reason, too.
 */
#ifndef LIVEDUMP_WATCH_CONTROL_H
#define LIVEDUMP_WATCH_CONTROL_H

#include <poll.h>

#include "base/error.h"
#include "port/port.h"

#define CONTROL_SOCKET		"/run/livedump/watch.sock"
#define CONTROL_FIFO		".now"	/* in place of ".sock" */
#define CONTROL_PATH_MAX	120U
#define CONTROL_CLIENTS		8U
#define CONTROL_QUESTION_MAX	512U
#define CONTROL_ANSWER_MAX	65536U
#define CONTROL_SECONDS		10U	/* more than the daemon needs to answer */

struct control {
	int sock;			/* that listens; -1: there is none */
	const char *path;
	int fifo;			/* -1: there is none */
	char fifo_path[CONTROL_PATH_MAX];
	int client[CONTROL_CLIENTS];	/* -1: none */
};

#define CONTROL_INIT	{ .sock = -1, .fifo = -1 }

/* Returns 0 or a negative errno, -EBUSY if another daemon answers there. */
int control_open(struct control *c, const char *path);
void control_close(struct control *c);

/* Take who asks. */
void control_accept(struct control *c);

/* Read the question of client @nr. Returns its length, or 0: there is none, or it has gone. */
size_t control_read(struct control *c, unsigned int nr, char *question);

/*
 * Read the first line of what was written to the FIFO: @reason has CONTROL_QUESTION_MAX bytes.
 * Returns its length, or 0: there is none.
 */
size_t control_read_fifo(struct control *c, char *reason);

/* Answer client @nr, which goes then. -1: nobody. */
void control_send(struct control *c, int nr, const char *answer);
void control_answer(struct control *c, int nr, bool good, const char *text);

/*
 * Give client @nr the descriptor @fd of the dump @key. Returns its socket, which is the caller's
 * then, or a negative errno: it has gone.
 */
int control_give(struct control *c, unsigned int nr, int fd, s64 key);

/*
 * Ask the daemon for a held dump, as another process. Returns the socket, with the dump's
 * descriptor in *@fd and its key in *@key, or a negative errno with @err set, -ENODATA: there is
 * no other one than those of @question.
 */
int control_take(const char *path, const char *question, int *fd, s64 *key, struct error *err);

/*
 * Ask the daemon, as another process; @answer has CONTROL_ANSWER_MAX bytes. If it does not
 * answer within @seconds, 0: as long as that takes, this is an error. Returns 0 or a negative
 * errno, -EAGAIN then.
 */
int control_ask(const char *path, const char *question, unsigned int seconds, char *answer,
		struct error *err);

#endif
