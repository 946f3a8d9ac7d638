/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * progress.h - watches a dump: draws how far it is, and ends it on SIGINT,
 * SIGTERM and SIGHUP.
 */
#ifndef LIVEDUMP_PROGRESS_H
#define LIVEDUMP_PROGRESS_H

#include "core/capture/dump.h"
#include "port/error.h"

struct progress;

struct progress_config {
	struct ld_control *control;
	bool verbose;
	bool restore;			/* a dump is restored and verified, not taken */

	/* Called some times a second, in the watching thread. */
	void (*tick)(void *arg);

	/*
	 * Called in the watching thread as the process ends at once: at a
	 * second signal, or, unless @patient, when the dump does not end soon
	 * after it was cancelled. It may be stuck in a write to a pipe.
	 */
	void (*abandon)(void *arg);
	bool patient;
	void *arg;
};

/* One state of the dump, as it is drawn. */
struct progress_view {
	const char *name;		/* of the phase */
	u64 done;
	u64 total;
	u64 elapsed_ns;		/* since the phase began */
	size_t page_size;
};

/*
 * Block the signals in this and all threads to come, before any is started.
 * Those that were ignored when the process started stay so.
 */
void progress_block_signals(void);

/* Returns 0 or a negative errno, with @err set. */
int progress_start(struct progress **p, const struct progress_config *config, struct error *err);

/* Rates are in bytes from now on. */
void progress_page_size(struct progress *p, size_t page_size);

/* The dump is done, and is verified from now on. */
void progress_verify(struct progress *p);

/* Call fn(arg) in the watching thread, and wait until it has returned. */
void progress_run(struct progress *p, void (*fn)(void *arg), void *arg);

/* The signal that cancelled the dump so far, or 0. */
int progress_signal(const struct progress *p);

/* End it and free @p. Signals stay blocked. Returns progress_signal(). */
int progress_stop(struct progress *p);

/* The bar, at most @cols wide, without a newline. */
void progress_line(char *buf, size_t size, unsigned int cols, const struct progress_view *view);

#endif
