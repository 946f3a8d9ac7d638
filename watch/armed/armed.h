/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * armed.h - the process that takes the next dump.
 *
 * It was started when nothing was wrong, has everything open, is in its sandbox, and its
 * memory is locked: what it does when it is told to needs no file, no program and no
 * disk. It takes one dump, into the memfd that it was given, and ends. With it waits a
 * process of its own that tells who waits for whom in the dump.
 */
#ifndef LIVEDUMP_WATCH_ARMED_H
#define LIVEDUMP_WATCH_ARMED_H

#include <sys/types.h>

#include "base/error.h"
#include "include/uapi/livedump.h"
#include "port/port.h"
#include "watch/config/settings.h"
#include "waitgraph/report/signature.h"

#define ARMED_INFO_MAX	12288U
#define ARMED_WHY_MAX	14336U

/* What the daemon sends. */
struct armed_order {
	u64 max_bytes;			/* of the dump */
	u32 pid;			/* whose hang the signature is to name; 0: of no one */
	char reason[LIVEDUMP_REASON_MAX];	/* why it is taken: lines; terminated */
};

/*
 * What the process answers: when it is armed; when the dump is there; and when it has verified
 * and explained it, or has failed.
 */
struct armed_answer {
	s32 ret;			/* 0 or a negative errno, with error */
	bool armed;			/* it is only armed now */
	bool written;			/* the dump is there, and another answer follows */
	bool partial;
	bool paused;
	bool hangs;			/* by waitgraph */
	bool no_reason;			/* the dump lacks the reason: the module is too old */
	bool module;			/* when armed: it uses the module */
	char error[256];		/* when armed: the engine, and why this one */
	u64 dump;			/* bytes */
	u64 pause_ns;
	u64 taken_ns;			/* how long the dump took */
	u64 locked;			/* when armed: bytes that are locked */
	char signature[SIGNATURE_SIZE];
	u32 info;			/* bytes of the text that follow */
	u32 why;			/* and of this one */
};

/* An answer with its texts, as it is sent. */
struct armed_message {
	struct armed_answer answer;
	char text[ARMED_INFO_MAX + ARMED_WHY_MAX];
};

struct armed {
	pid_t pid;			/* 0: there is none */
	int sock;
	int fd;				/* the memfd */
	bool ready;
	bool busy;			/* it takes a dump */
	bool ended;			/* it has been reaped; what it said may be left to read */
};

#define ARMED_INIT	{ .sock = -1, .fd = -1 }

struct armed_params {
	const struct config_dump *dump;
	const char *proc;		/* where kcore is */
	bool no_module;			/* whatever the configuration says */
};

/* Start it. It is ready when it has answered. Returns 0 or a negative errno. */
int armed_start(struct armed *a, const struct armed_params *params);

/* Have it take the dump. Returns 0 or a negative errno. */
int armed_fire(struct armed *a, const struct armed_order *order);

/* Have it end the dump with what there is of it. */
void armed_cut(const struct armed *a);

/*
 * Take its answer, if there is one. Returns 1, 0 if there is none yet, or a negative
 * errno: it has ended.
 */
int armed_read(struct armed *a, struct armed_message *message);

/* End it. The memfd is closed unless the caller has taken it and set a->fd to -1. */
void armed_stop(struct armed *a);

/*
 * Why the dump of @f is partial, as the keys of the configuration have it: to @buf, or NULL
 * if the errno tells.
 */
struct failure;
const char *armed_explain_cut(char *buf, size_t size, const struct failure *f);

/* The process itself; does not return. */
void armed_child(int sock, int fd, const struct armed_params *params);

#endif
