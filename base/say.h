/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * say.h - standard output and standard error, for programs that must not wait for
 * whoever reads them.
 *
 * A stopped terminal, or a pipe that nobody reads, blocks a write for ever. So
 * threads of their own do the writing, and only at its end does the program wait
 * for them, for a limited time. O_NONBLOCK would not do: it belongs to the open
 * file, which other processes share.
 */
#ifndef LIVEDUMP_SAY_H
#define LIVEDUMP_SAY_H

#include <stdio.h>

#define SAY_FOREVER	(-1)

/*
 * Take over both streams. Call this before the first thread is started. Until then
 * say_out() and say_err() are stdout and stderr, and say_end() does nothing.
 */
void say_open(void);

/* The streams. Writing a line to one of them copies it, and does not block. */
FILE *say_out(void);
FILE *say_err(void);

/*
 * Draw @line over the last line that was drawn, or remove that if @line is NULL.
 * On standard error, which is a terminal. A line that could not be written before
 * the next one comes is left out.
 */
void say_bar(const char *line);

/*
 * Start the threads, which write what has been said so far and later. They get
 * what restricts the calling thread. Does nothing the second time.
 */
void say_begin(void);

/*
 * Write what has been said to standard error and can be written without blocking,
 * although there is no thread for it yet.
 */
void say_early(void);

/*
 * Wait until all has been written, for @ms milliseconds or SAY_FOREVER. Returns 0,
 * or a negative errno if it could not be written to standard output: -ETIMEDOUT if
 * nobody reads it. A line that standard error does not take is lost.
 */
int say_end(int ms);

#endif
