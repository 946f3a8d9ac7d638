/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * policy.h - one cause, one dump: whether a trigger may start one.
 *
 * In memory all times are CLOCK_BOOTTIME, which nobody sets. A time of an earlier boot
 * is negative. state.h has how they survive.
 */
#ifndef LIVEDUMP_WATCH_POLICY_H
#define LIVEDUMP_WATCH_POLICY_H

#include "watch/config/settings.h"

#define POLICY_SYMPTOMS_MAX	128U

/* So many times the limits there are at most, of all priorities together. */
#define POLICY_TOTAL		4U
#define POLICY_DAYS_MAX		(POLICY_TOTAL * CONFIG_PER_DAY_MAX)

/* Both in milliseconds. */
struct policy_clock {
	s64 boot;
	s64 real;
};

struct policy_clock policy_now(void);

/* Why a trigger starts no dump. */
enum policy_verdict {
	POLICY_DUMP,		/* it does */
	POLICY_SYMPTOM,		/* the same symptom had a dump within the interval */
	POLICY_SIGNATURE,	/* the same tasks hang as in a dump within the interval */
	POLICY_BACKOFF,		/* the last dump is too recent */
	POLICY_DAY,
	POLICY_BOOT,
	POLICY_BUSY,		/* a dump is being taken */
	POLICY_OWN,		/* it is the daemon's own process that hangs */
	POLICY_ROOM,		/* what is held has as much priority, and takes all room */
	POLICY_UNARMED,		/* no process can take it now */
	POLICY_NR,
};

/* "symptom", "backoff" and so on: for metrics, --status and the journal. */
const char *policy_verdict_name(enum policy_verdict verdict);

struct policy_symptom {
	u64 symptom;		/* 0: the entry is free */
	s64 when;		/* of its last dump */
	u64 dumps;
	u64 suppressed;		/* since its last dump */
	bool safe;		/* that dump is at a target, not in memory only */
	u64 other;		/* that dump is the one of this symptom; 0: its own */
};

struct policy_day {
	s64 when;
	unsigned int priority;	/* of its rule */
	bool left;		/* the dump showed a hang that has one, and was not kept */
};

struct policy {
	struct policy_symptom symptom[POLICY_SYMPTOMS_MAX];
	struct policy_day day[POLICY_DAYS_MAX];	/* the last dumps, newest first */
	unsigned int days;				/* how many there are */
	u64 boot_dumps[RULE_PRIORITY_MAX + 1];		/* since the system booted, by priority */
	u64 suppressed[POLICY_NR];			/* since the daemon started */
};

/*
 * Whether @symptom, 0 for any, may start a dump at @now, by CLOCK_BOOTTIME. Only dumps of
 * @priority or a higher one count: an oops comes once, and must not be missed because of
 * warnings. Of all priorities together there are at most four times as many.
 */
enum policy_verdict policy_judge(const struct policy *p, const struct config_limits *limits,
				 s64 now, unsigned int priority, u64 symptom);

/* Dumps of @priority or a higher one since the system booted. */
u64 policy_boot_dumps(const struct policy *p, unsigned int priority);

/* The highest priority that starts no dump until the system boots, or -1. */
int policy_boot_limited(const struct policy *p, const struct config_limits *limits);

/* Count a trigger that starts no dump. */
void policy_refuse(struct policy *p, u64 symptom, enum policy_verdict verdict);

/*
 * A dump is begun, whatever becomes of it: the back-off and the limits count from now
 * on.
 */
void policy_begin(struct policy *p, struct policy_clock now, unsigned int priority);

/* The dump that was begun last is not kept: it counts for the back-off only. */
void policy_leave(struct policy *p);

/* The dump is good: @symptom has one, which may still be lost. */
void policy_done(struct policy *p, struct policy_clock now, u64 symptom);

/* The same, if the dump is not kept, as there is the one of @other, which has an entry. */
void policy_done_by(struct policy *p, struct policy_clock now, u64 symptom, u64 other);

/* The dump is at a target, or is lost: then @symptom may start another one. */
void policy_written(struct policy *p, u64 symptom);
void policy_forget(struct policy *p, u64 symptom);

/* Whether what hangs by waitgraph, as @signature says, has a dump within the interval. */
bool policy_knows_signature(const struct policy *p, const struct config_limits *limits,
			    struct policy_clock now, const char *signature);

/* Forget the symptoms whose dump is at no target, but for those of which @held is true. */
void policy_forget_lost(struct policy *p, bool (*held)(const void *arg, u64 symptom),
			const void *arg);

/* The entry of @symptom, or NULL. */
const struct policy_symptom *policy_find(const struct policy *p, u64 symptom);

#endif
