/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * why.h - who waits for whom in a dump, found out by a process of its own.
 *
 * That process reads what is not trusted, by libraries that may not survive it. It has
 * the dump for reading only, limits of time and memory, and the sandbox; if it crashes,
 * hangs or runs out of memory nothing but the summary is lost. It is started when
 * savecore has one thread and nothing open, waits until there is a dump, and is killed
 * when savecore ends.
 */
#ifndef LIVEDUMP_WHY_H
#define LIVEDUMP_WHY_H

#include "why_wire.h"

/* The other process. */
struct why {
	pid_t pid;			/* 0: there is none */
	int sock;
	bool given;			/* it has the dump */
};

/* What it found out. */
struct why_answer {
	bool there;
	bool hangs;
	char signature[SIGNATURE_SIZE];	/* "": nothing hangs */
	char text[WHY_TEXT_MAX + 1];	/* lines of printable ASCII */
	char reason[256];		/* why there is none */
};

/*
 * Start the process, which will call @summarize. The caller must have one thread.
 * Returns 0 or a negative errno. The caller must call why_stop() even then.
 */
int why_start(struct why *w, why_fn *summarize);

/*
 * Give it the dump, the file @fd, before the sandbox. It may take @memory bytes, 0: a
 * default. Returns 0 or a negative errno.
 */
int why_give(struct why *w, int fd, u64 memory, bool sandbox);

/*
 * Ask it, and wait at most @seconds for its answer, or until a blocked signal comes.
 */
void why_ask(struct why *w, const struct why_question *question, unsigned int seconds,
	     struct why_answer *answer);

void why_stop(struct why *w);

#endif
