/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * stats.h - the numbers of the daemon, for --status and for Prometheus.
 */
#ifndef LIVEDUMP_WATCH_STATS_H
#define LIVEDUMP_WATCH_STATS_H

#include <jansson.h>

#include "watch/child/look.h"
#include "watch/config/settings.h"
#include "watch/hold/hold.h"
#include "watch/policy/policy.h"

/* Since the daemon started. */
struct stats {
	u64 dumps;
	u64 failures;		/* dumps that could not be taken, or asked for when not armed */
	u64 written;
	u64 write_failures;
	u64 lost;		/* held, and replaced before they were written */
	u64 last_pause_ns;
	u64 last_taken_ns;	/* how long the last dump took */
	s64 last_dump_real;	/* seconds; when that was; 0: there was none */
	s64 last_real;		/* seconds; of what is told in last; 0: nothing */
	char last[512];		/* where the last dump is, or what became of it */
	look_trouble trouble;	/* why a target did not take a dump, or would not */
};

/* What the numbers are about. */
struct stats_view {
	const struct stats *stats;
	const struct config *config;
	const struct policy *policy;
	const struct hold *hold;
	bool armed;
	const char *armed_why;	/* the engine, or why it is not armed */
	u64 locked;		/* bytes of the armed process */
	const char *writing[HOLD_MAX];	/* the target that each dump is written to; NULL: none */
	u64 kmsg_lost;
};

/* The text of the metrics file. The caller frees it. NULL: not enough memory. */
char *stats_metrics(const struct stats_view *v);

/* The answer to --status. NULL: not enough memory. */
json_t *stats_status(const struct stats_view *v);

#endif
