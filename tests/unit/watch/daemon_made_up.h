/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * daemon_made_up.h - a daemon that has no process, tells nobody, and has the configuration
 * that there is without any file.
 */
#ifndef LIVEDUMP_TEST_DAEMON_MADE_UP_H
#define LIVEDUMP_TEST_DAEMON_MADE_UP_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "watch/config/config.h"
#include "watch/daemon.h"

/* @budget: bytes that it may hold. Returns 0 or a negative errno. */
static inline int daemon_make_up(struct daemon *d, u64 budget)
{
	*d = (struct daemon){
		.proc = "/nonexistent", .boot = "this", .dump.asker = -1,
		.arm.armed = ARMED_INIT, .hold.budget = budget, .files.state = -1,
	};
	for (unsigned int i = 0; i < WRITERS_MAX; i++)
		d->writer[i] = (struct writer)WRITER_INIT;
	/* Nobody is to be told of what a test does. */
	for (unsigned int i = 0; i < TELLERS_MAX; i++) {
		d->files.teller[i].pid = INT32_MAX;
		d->files.teller[i].deadline = INT64_MAX;
	}
	return config_read(&d->config, "/nonexistent/watch.conf", stderr);
}

static inline void daemon_let_go(struct daemon *d)
{
	for (unsigned int i = 0; i < HOLD_MAX; i++)
		if (d->hold.held[i].id)
			hold_remove(&d->hold.held[i]);
	for (unsigned int i = 0; i < WRITERS_MAX; i++)
		writer_stop(&d->writer[i]);
	armed_stop(&d->arm.armed);
	free(d->dump.log);
	config_free(&d->config);
}

#endif
