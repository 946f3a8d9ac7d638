/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * settings.h - what /etc/livedump/watch.conf and the files in watch.conf.d say. The
 * manual livedump-watch.conf(5) has the keys.
 */
#ifndef LIVEDUMP_WATCH_SETTINGS_H
#define LIVEDUMP_WATCH_SETTINGS_H

#include "rules.h"
#include "savecore/dumps/rotate.h"

#define CONFIG_FILE		"/etc/livedump/watch.conf"
#define CONFIG_TARGETS_MAX	8U
#define CONFIG_PER_DAY_MAX	100U

/* Where a dump may be written to: a directory or a command. */
struct target {
	char name[RULE_NAME_MAX];
	char *directory;
	char *command;			/* of the shell; the dump is its standard input */
	struct rotate_limits keep;	/* DIRECTORY */
	u64 ms;				/* after which it is given up */
};

/* How often dumps are taken. */
struct config_limits {
	u64 interval_ms;		/* between dumps of the same symptom */
	u64 backoff_ms;			/* between any two dumps, doubles with each */
	u64 backoff_max_ms;
	unsigned int per_day;
	unsigned int per_boot;
};

/* How a dump is taken. */
struct config_dump {
	bool live;			/* never pause the system */
	char *engine;
	unsigned int level;
	u64 max_pause_ms;		/* 0: the default of the module */
	u64 max_ms;			/* after which it is given up */
	u64 hold;			/* bytes that may be held; 0: see hold_budget() */
};

/* Who is told. */
struct config_report {
	char *hook;			/* of the shell; NULL: none */
	u64 hook_ms;
	char *metrics;			/* file; NULL: none */
	char *state;			/* file */
};

struct config {
	struct config_limits limits;
	struct config_dump dump;
	struct config_report report;
	u64 retry_ms;			/* until targets are tried again */
	struct target target[CONFIG_TARGETS_MAX];
	unsigned int targets;
	struct rules rules;
};

#endif
