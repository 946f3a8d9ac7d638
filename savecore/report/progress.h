/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * progress.h - a thread that draws the progress of a dump and cancels the dump
 * on SIGINT, SIGQUIT, SIGTERM and SIGHUP. Signals within 2 seconds of one that counted
 * belong to it.
 */
#ifndef LIVEDUMP_PROGRESS_H
#define LIVEDUMP_PROGRESS_H

#include "base/error.h"
#include "core/dump/dump.h"

struct progress;

struct progress_config {
	struct ld_control *control;
	bool verbose;
	bool restore;			/* a stream is restored: its stages are write and verify */

	/* Called in the watching thread, a few times a second. Must not block. */
	void (*tick)(void *arg);

	/*
	 * The watching thread ends the process at once on a second signal, and
	 * if the dump does not stop within 2 seconds after it was cancelled: it
	 * may be stuck in a write to a pipe. The time counts from when
	 * finishing(), called in the watching thread, was true last: the dump is
	 * being finished as a partial one, and goes on.
	 */
	bool (*finishing)(void *arg);

	/*
	 * Called before that, in a thread of its own, which may block: tell a program
	 * what has been said, then remove what is left.
	 */
	void (*answer)(void *arg, int status, const struct error *err);
	void (*abandon)(void *arg);

	/*
	 * Called in the watching thread: write why the dump was cancelled to @buf, and
	 * return the code of that.
	 */
	enum error_code (*why)(void *arg, char *buf, size_t size);

	/*
	 * Called in the watching thread: the directory or file that is being opened for
	 * the dump, which may never answer, or NULL.
	 */
	const char *(*opening)(void *arg);
	void *arg;
};

/* The state of the dump that the bar shows. */
struct progress_view {
	const char *name;		/* of the stage */
	u64 since;			/* done when the stage was seen first */
	u64 done;
	u64 total;
	u64 elapsed_ns;		/* since the stage was seen first */
	size_t page_size;
};

/*
 * Block the signals in this thread and in those that it starts. Call this
 * before any thread is started. Signals that were ignored when the process
 * started stay ignored.
 */
void progress_block_signals(void);

/* Returns 0 or a negative errno, with @err set. */
int progress_start(struct progress **p, const struct progress_config *config, struct error *err);

/* Set the size of the units that the control counts. The bar shows bytes per second. */
void progress_page_size(struct progress *p, size_t page_size);

/*
 * The dump is written. Its verification begins, and is what a signal cancels now:
 * by @control, which may be that of the dump.
 */
void progress_verify(struct progress *p, struct ld_control *control);

/* Call fn(arg) in the watching thread and wait until it returns. */
void progress_run(struct progress *p, void (*fn)(void *arg), void *arg);

/* The signal that cancelled the dump, or 0. */
int progress_signal(const struct progress *p);

/* End the thread and free @p. Signals stay blocked. Returns progress_signal(). */
int progress_stop(struct progress *p);

/* Format the bar, at most @cols wide, without a newline. */
void progress_line(char *buf, size_t size, unsigned int cols, const struct progress_view *view);

#endif
